// fqm-execution (ELM interpreted in JavaScript): prints the seconds a measure takes, and its values.
//
// Arguments: the folder whose node_modules it is in, the folder of the measure. ELM is made by the CQL translator first; what
// is timed is the execution over patients that have been read, with ELM and value sets in its cache.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [home, folder] = process.argv.slice(2).map(each => resolve(each));
const required = createRequire(join(home, 'package.json'));
const translator = await import(pathToFileURL(join(home, 'node_modules/@cqframework/cql/cql-to-elm.mjs')));
const { Calculator } = required('fqm-execution');
const { PatientSource } = required('cql-exec-fhir');
const measure = JSON.parse(readFileSync(join(folder, 'measure.json'), 'utf8'));
const bundles = readFileSync(join(folder, 'patients.ndjson'), 'utf8').trim().split('\n').map(line => JSON.parse(line));

// Only newer runtimes have it.
Uint8Array.fromBase64 ??= text => new Uint8Array(Buffer.from(text, 'base64'));

function elm() {
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

function measureBundle() {
  const libraries = elm().map(library);
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
  const patientSource = PatientSource.FHIRv401({ requireProfileTagging: measure.profiled });
  patientSource.loadBundles(patients);
  const [measurementPeriodStart, measurementPeriodEnd] = measure.period;
  const options = { patientSource, measurementPeriodStart, measurementPeriodEnd, useElmJsonsCaching: true };
  const { results } = await Calculator.calculateRaw(bundle, patients, options);
  return results.patientResults;
}

let begin = performance.now();
const bundle = measureBundle();
const compiling = (performance.now() - begin) / 1000;
await run(bundle, bundles.slice(0, 1));
begin = performance.now();
const found = await run(bundle, bundles);
const seconds = (performance.now() - begin) / 1000;
const rows = Object.entries(found).map(([id, values]) => [id, ...measure.populations.map(([, name]) => values[name])]);
console.log(JSON.stringify({ compiling, seconds, rows }));
