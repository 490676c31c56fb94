// Values of cql-execution in the form that `canonical.py` gives ours: null, true, text, or an object of one key, the kind.

const two = (number, width = 2) => String(number).padStart(width, '0');

export function canonical(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return { number: numeral(value) };
  if (Array.isArray(value)) return { list: value.map(canonical) };
  const [, form] = FORMS.find(([is]) => is(value));
  return form(value);
}

// Eight digits after the point are all that a Decimal has; what binary numbers add to them is no part of it.
function numeral(value) {
  if (typeof value === 'bigint' || Number.isInteger(value)) return BigInt(value).toString();
  if (!Number.isFinite(value)) return String(value);
  const plain = value.toFixed(8).replace(/\.?0+$/, '');
  return plain === '-0' ? '0' : plain;
}

function parts(value, names) {
  const given = names.map(name => value[name]);
  const missing = given.findIndex(each => each === null || each === undefined);
  return missing < 0 ? given : given.slice(0, missing);
}

const DAY = ['year', 'month', 'day'];
const CLOCK = ['hour', 'minute', 'second', 'millisecond'];

function day(value) {
  const [year, ...rest] = parts(value, DAY);
  return [two(year, 4), ...rest.map(each => two(each))].join('-');
}

function clock(value) {
  const [hour, minute, second, millisecond] = parts(value, CLOCK);
  const whole = [hour, minute, second].filter(each => each !== undefined).map(each => two(each)).join(':');
  return millisecond === undefined ? whole : `${whole}.${two(millisecond, 3)}`;
}

function zone(hours) {
  const minutes = Math.round(Math.abs(hours) * 60);
  return `${hours < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

const ends = ({ low, high, lowClosed, highClosed }) => [canonical(low), canonical(high), lowClosed, highClosed];
// The words of the calendar are one unit in the singular and in the plural.
const unit = text => (text || '1').replace(/^(year|month|week|day|hour|minute|second|millisecond)s$/, '$1');
const code = ({ code, system, version, display }) => [code, system, version, display].map(each => each ?? null);
const entries = value => Object.entries(value).map(([name, each]) => [name, canonical(each)]);
const typeName = value => value._typeInfo.name.replace(/^FHIR\./, '');

const FORMS = [
  [value => value.isUncertainty, value => ({ uncertain: [canonical(value.low), canonical(value.high)] })],
  [value => value.isDateTime && value.isTime(), value => ({ Time: clock(value) })],
  [value => value.isDateTime, value => ({ DateTime: `${day(value)}T${clock(value)}${zone(value.timezoneOffset)}` })],
  [value => value.isDate, value => ({ Date: day(value) })],
  [value => value.isInterval, value => ({ Interval: ends(value) })],
  [value => value.isQuantity, value => ({ Quantity: [numeral(value.value), unit(value.unit)] })],
  [value => value.isRatio, value => ({ Ratio: [canonical(value.numerator), canonical(value.denominator)] })],
  [value => value.isConcept, value => ({ Concept: [value.codes.map(code), value.display ?? null] })],
  [value => value.isCode, value => ({ Code: code(value) })],
  [value => value._json?.resourceType, value => ({ record: `${value._json.resourceType}/${value._json.id}` })],
  [value => value._json !== undefined, value => ({ element: [typeName(value), value._json] })],
  [value => value.constructor === Object, value => ({ tuple: Object.fromEntries(entries(value).sort()) })],
  [() => true, value => ({ other: value.constructor.name })],
];
