// Answers cases: NDJSON in, NDJSON out. The argument is the folder whose node_modules has the engine.
//
// The first line says `models` and `libraries` (see translate.mjs). Every other line is a case: `text` of a library that has
// each definition on a line of its own, `people` (Bundles), `now`. Its answer: `wrong`, what the translator says of the
// definitions that it does not take; `answers`, for each person the values of all others by name, or `error`.

import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { canonical } from './canonical.mjs';
import { Translation } from './translate.mjs';

const home = resolve(process.argv[2]);
const required = createRequire(join(home, 'package.json'));
const cql = required('cql-execution');
const { PatientSource } = required('cql-exec-fhir');
const { UcumLhcUtils } = required('@lhncbc/ucum-lhc');
const translator = await import(pathToFileURL(join(home, 'node_modules/@cqframework/cql/cql-to-elm.mjs')));

// What the engine has to say besides is no answer.
const tell = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write = () => true;
// Only newer runtimes have it.
Uint8Array.fromBase64 ??= text => new Uint8Array(Buffer.from(text, 'base64'));

async function valued(expression, context) {
  try {
    return { value: canonical(await expression.execute(context)) };
  } catch (error) {
    return { error: String(error?.message ?? error) };
  }
}

async function answered(library, patient, now) {
  const found = {};
  for (const [name, expression] of Object.entries(library.expressions)) {
    if (name === 'Patient') continue;
    const context = new cql.PatientContext(library, patient, new cql.CodeService({}), {}, now);
    found[name] = await valued(expression, context);
  }
  return found;
}

function patients(people) {
  const source = PatientSource.FHIRv401({ requireProfileTagging: false });
  source.loadBundles(people);
  return people.map(() => {
    const patient = source.currentPatient();
    source.nextPatient();
    return patient;
  });
}

async function answer(translation, { text, people, now }) {
  const { libraries, wrong } = translation.of(text);
  const library = new cql.Library(libraries[0], new cql.Repository(libraries));
  const answers = [];
  for (const patient of patients(people)) answers.push(await answered(library, patient, cql.DateTime.parse(now)));
  return { wrong, answers };
}

let translation;
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (!translation) {
    translation = new Translation(translator, UcumLhcUtils.getInstance(), asked);
    continue;
  }
  const told = await answer(translation, asked).catch(error => ({ failed: String(error?.message ?? error) }));
  tell(`${JSON.stringify({ id: asked.id, ...told })}\n`);
}
