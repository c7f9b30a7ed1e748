/** Small checks that compose into the shape of JSON, telling what is wrong in Slack's words with a JSON pointer. */
import { isJson, type Json } from './json.ts';

/** Reports each thing that is wrong with the value that stands at the pointer. */
export type Shape = (value: unknown, pointer: string, report: Report) => void;
export type Report = (sentence: string, pointer: string) => void;

/** All problems of the value, such as `no more than 25 items allowed [json-pointer:/blocks/1/elements]`. */
export function problemsOf(shape: Shape, value: unknown, pointer: string): string[] {
  const problems: string[] = [];
  shape(value, pointer, (sentence, at) => problems.push(`${sentence} [json-pointer:${at}]`));
  return problems;
}

/** A string of this many characters; Slack counts UTF-16 code units. */
export function text(max: number, min = 0): Shape {
  return (value, pointer, report) => {
    if (typeof value !== 'string') report('must be a string', pointer);
    else if (value.length > max) report(`must be less than ${max + 1} characters`, pointer);
    else if (value.length < min) report(`must be more than ${min - 1} characters`, pointer);
  };
}

export const flag: Shape = (value, pointer, report) => {
  if (typeof value !== 'boolean') report('must be a boolean', pointer);
};

export function integer(min: number, max: number): Shape {
  return (value, pointer, report) => {
    if (!Number.isInteger(value)) report('must be an integer', pointer);
    else if (Number(value) < min) report(`must be at least ${min}`, pointer);
    else if (Number(value) > max) report(`must be at most ${max}`, pointer);
  };
}

export function oneOf(...values: readonly unknown[]): Shape {
  return (value, pointer, report) => {
    if (!values.includes(value)) report('must be a valid enum value', pointer);
  };
}

/** What Slack documents only in prose, or what nobody here uses: anything goes. */
export const anything: Shape = () => {};

export function list(each: Shape, max: number, min = 0): Shape {
  return (value, pointer, report) => {
    if (!Array.isArray(value)) return report('must provide an array', pointer);
    if (value.length > max) report(`no more than ${max} items allowed`, pointer);
    if (value.length < min) report(`no fewer than ${min} items allowed`, pointer);
    for (const [index, item] of value.entries()) each(item, `${pointer}/${index}`, report);
  };
}

/** An object with these fields and no other. */
export function object(
  required: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>> = {},
): Shape {
  const fields = { ...optional, ...required };
  return (value, pointer, report) => {
    if (!isJson(value)) return report('must provide an object', pointer);
    for (const name of Object.keys(required))
      if (value[name] === undefined || value[name] === null)
        report(`missing required field: ${name}`, pointer);
    for (const [name, inner] of Object.entries(value)) {
      const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (shape === undefined) report(`invalid additional property: ${name}`, pointer);
      else if (inner !== undefined && inner !== null) shape(inner, `${pointer}/${name}`, report);
    }
  };
}

/** An object whose `type` says which of the shapes it must have. */
export function variant(shapes: Readonly<Record<string, Shape>>): Shape {
  return (value, pointer, report) => {
    if (!isJson(value)) return report('must provide an object', pointer);
    if (value.type === undefined) return report('missing required field: type', pointer);
    const shape =
      typeof value.type === 'string' && Object.hasOwn(shapes, value.type) ? shapes[value.type] : undefined;
    if (shape === undefined) return report(`unsupported type: ${String(value.type)}`, pointer);
    shape(value, pointer, report);
  };
}

/** The shape, and what its fields must be to each other. */
export function also(shape: Shape, rule: (value: Json, pointer: string, report: Report) => void): Shape {
  return (value, pointer, report) => {
    shape(value, pointer, report);
    if (isJson(value)) rule(value, pointer, report);
  };
}
