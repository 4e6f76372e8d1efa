// The operator's settings, checked by the host against the manifest, with its defaults filled in.

import * as settings from 'specialis:policy/settings@0.1.1';

import { known, textOf } from './wire.js';

const TYPES = { flag: 'switch', number: 'number', text: 'word', texts: 'list of words', date: 'day' };

export class Settings {
  get(name) {
    const found = settings.get(name);
    return found ? known(found.val) : undefined;
  }

  flag(name) {
    return of('flag', name);
  }

  number(name) {
    return of('number', name);
  }

  text(name) {
    return of('text', name);
  }

  texts(name) {
    return of('texts', name);
  }

  date(name) {
    return of('date', name);
  }

  /** The data that travels in the policy's file under a name, as bytes; nothing where there is none. */
  data(name) {
    return settings.data(name) ?? undefined;
  }

  /** The same as a text. */
  dataText(name) {
    const bytes = this.data(name);
    return bytes && textOf(bytes);
  }
}

function of(type, name) {
  const found = settings.get(name);
  if (!found) throw new Error(`setting \`${name}\` is not declared in policy.toml`);
  if (found.tag !== type) throw new Error(`setting \`${name}\` is not a ${TYPES[type]}`);
  return known(found.val);
}
