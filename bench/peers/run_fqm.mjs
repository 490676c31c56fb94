// fqm-execution (ELM interpreted in JavaScript): prints the seconds a measure takes, and its values.
//
// Arguments: the folder whose node_modules it is in, the folder of the measure. ELM is made by the CQL translator first; what
// is timed is the execution by two threads with half of the patients each, patients read, ELM and value sets in their caches.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

const THREADS = 2;
const [home, folder] = process.argv.slice(2).map(each => resolve(each));
const required = createRequire(join(home, 'package.json'));
const { Calculator } = required('fqm-execution');
const { PatientSource } = required('cql-exec-fhir');
const measure = JSON.parse(readFileSync(join(folder, 'measure.json'), 'utf8'));

// Only newer runtimes have it.
Uint8Array.fromBase64 ??= text => new Uint8Array(Buffer.from(text, 'base64'));

async function elm() {
  const translator = await import(pathToFileURL(join(home, 'node_modules/@cqframework/cql/cql-to-elm.mjs')));
  const { CqlTranslator, CqlCompilerOptions, LibraryManager, ModelManager, stringAsSource } = translator;
  const none = () => {
    throw new Error('units are not converted while compiling');
  };
  const models = new ModelManager();
  const units = translator.createUcumService(none, () => null, none, none);
  const libraries = new LibraryManager(models, new CqlCompilerOptions(), null, units);
  const model = name => measure.models[name] && stringAsSource(readFileSync(measure.models[name], 'utf8'));
  models.modelInfoLoader.registerModelInfoProvider(translator.createModelInfoProvider(model));
  // Versions in the includes disagree with the files: the name decides.
  const text = (name, _, version) =>
    measure.libraries[name].replace(/^(library\s+\S+\s+version\s+)'[^']*'/m, `$1'${version}'`);
  const source = (...asked) => stringAsSource(text(...asked));
  libraries.librarySourceLoader.registerProvider(translator.createLibrarySourceProvider(source));
  const { DisableListDemotion, DisableListPromotion } = CqlCompilerOptions.Options;
  libraries.cqlCompilerOptions.setOptions([DisableListDemotion, DisableListPromotion]);
  const main = CqlTranslator.fromText(measure.libraries[measure.library], libraries);
  const wrong = main.errors.asJsReadonlyArrayView();
  if (wrong.length) throw new Error(wrong[0].message);
  const included = [...main.libraries.asJsReadonlyMapView().values()];
  return [main.toJson(), ...included.map(each => CqlTranslator.convertToJson(each))];
}

function library(text) {
  const { id, version } = JSON.parse(text).library.identifier;
  const content = [{ contentType: 'application/elm+json', data: Buffer.from(text).toString('base64') }];
  return { resourceType: 'Library', id, url: `http://bench/Library/${id}`, version, content };
}

function valueSet([url, codes]) {
  return { resourceType: 'ValueSet', url, expansion: { contains: codes.map(([system, code]) => ({ system, code })) } };
}

async function measureBundle() {
  const libraries = (await elm()).map(library);
  const population = measure.populations.map(([code, expression, id]) => ({
    id,
    code: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/measure-population', code }] },
    criteria: { language: 'text/cql-identifier', expression },
  }));
  const resource = { resourceType: 'Measure', library: [libraries[0].url], group: [{ population }] };
  const sets = Object.entries(measure.value_sets).map(valueSet);
  return { resourceType: 'Bundle', entry: [resource, ...libraries, ...sets].map(each => ({ resource: each })) };
}

async function run(bundle, patients) {
  const patientSource = PatientSource.FHIRv401({ requireProfileTagging: true });
  patientSource.loadBundles(patients);
  const [measurementPeriodStart, measurementPeriodEnd] = measure.period;
  const options = { patientSource, measurementPeriodStart, measurementPeriodEnd, useElmJsonsCaching: true };
  const { results } = await Calculator.calculateRaw(bundle, patients, options);
  return results.patientResults;
}

// A thread: one patient for the caches, then all when it is told to begin.
async function work({ bundle, lines }) {
  const patients = lines.map(line => JSON.parse(line));
  await run(bundle, patients.slice(0, 1));
  parentPort.once('message', async () => {
    const found = await run(bundle, patients);
    const values = each => measure.populations.map(([, name]) => each[name]);
    parentPort.postMessage(Object.entries(found).map(([id, each]) => [id, ...values(each)]));
  });
  parentPort.postMessage('ready');
}

const next = worker => new Promise((resolved, failed) => worker.once('message', resolved).once('error', failed));

async function main() {
  const begun = performance.now();
  const bundle = await measureBundle();
  const compiling = (performance.now() - begun) / 1000;
  const all = readFileSync(join(folder, 'patients.ndjson'), 'utf8').trim().split('\n');
  const part = number => ({ bundle, lines: all.filter((_, line) => line % THREADS === number) });
  const started = number => new Worker(fileURLToPath(import.meta.url), { argv: [home, folder], workerData: part(number) });
  const workers = Array.from({ length: THREADS }, (_, number) => started(number));
  await Promise.all(workers.map(next));
  const begin = performance.now();
  workers.forEach(worker => worker.postMessage('begin'));
  const rows = (await Promise.all(workers.map(next))).flat();
  const seconds = (performance.now() - begin) / 1000;
  console.log(JSON.stringify({ compiling, seconds, rows }));
}

await (isMainThread ? main() : work(workerData));
