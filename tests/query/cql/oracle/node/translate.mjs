// CQL into ELM by @cqframework/cql. Definitions that it does not take are left out, each with what it says of them.

import { readFileSync } from 'node:fs';

const DEFINE = /^define (\w+): /;

export class Translation {
  // `translator` is the module, `ucum` checks units, `models` are files by name, `libraries` texts by name.
  constructor(translator, ucum, { models, libraries }) {
    const { LibraryManager, ModelManager, CqlCompilerOptions, stringAsSource } = translator;
    const model = name => models[name] && stringAsSource(readFileSync(models[name], 'utf8'));
    const library = name => libraries[name] && stringAsSource(libraries[name]);
    this.translator = translator;
    this.models = new ModelManager();
    this.models.modelInfoLoader.registerModelInfoProvider(translator.createModelInfoProvider(model));
    const { EnableLocators, EnableResultTypes, DisableListDemotion, DisableListPromotion } = CqlCompilerOptions.Options;
    this.manager = () => {
      const made = new LibraryManager(this.models, new CqlCompilerOptions(), null, this.#units(ucum));
      made.librarySourceLoader.registerProvider(translator.createLibrarySourceProvider(library));
      made.cqlCompilerOptions.setOptions([EnableLocators, EnableResultTypes, DisableListDemotion, DisableListPromotion]);
      return made;
    };
  }

  #units(ucum) {
    const none = () => {
      throw new Error('units are not converted while translating');
    };
    const wrong = unit => (ucum.validateUnitString(unit).status === 'valid' ? null : `${unit} is no unit`);
    return this.translator.createUcumService(none, wrong, none, none);
  }

  // The ELM of the library and of those it includes, and what is wrong with definitions by their names.
  of(text) {
    const wrong = {};
    let lines = text.split('\n');
    for (;;) {
      const { libraries, errors } = this.#once(lines.join('\n'));
      if (!errors.length) return { libraries, wrong };
      const named = errors.map(each => [DEFINE.exec(lines[each.startLine - 1])?.[1], each.message]);
      if (named.some(([name]) => name === undefined)) throw new Error(errors[0].message);
      named.forEach(([name, message]) => (wrong[name] ??= message));
      lines = lines.filter(line => !(DEFINE.exec(line)?.[1] in wrong));
    }
  }

  #once(text) {
    const { CqlTranslator } = this.translator;
    const made = CqlTranslator.fromText(text, this.manager());
    const main = JSON.parse(made.toJson());
    const included = [...made.libraries.asJsReadonlyMapView().values()];
    const errors = main.library.annotation.filter(each => each.errorSeverity === 'error');
    return { libraries: [main, ...included.map(each => JSON.parse(CqlTranslator.convertToJson(each)))], errors };
  }
}
