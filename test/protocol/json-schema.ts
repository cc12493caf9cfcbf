// As much of JSON Schema as Octez's OpenAPI description uses: what is wrong with a value, place by place.

export interface JsonSchema {
  readonly $ref?: string;
  readonly nullable?: boolean;
  readonly type?: "array" | "boolean" | "integer" | "object" | "string";
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
}

export type Schemas = Readonly<Record<string, JsonSchema>>;

/** The faults of `value`: "path: what". Objects may have no fields but those of the schema. */
export function schemaFaults(schema: JsonSchema, value: unknown, schemas: Schemas, path = ""): string[] {
  if (schema.$ref !== undefined) {
    const named = schemas[schema.$ref.replace("#/components/schemas/", "")];
    return named === undefined ? [`${path}: no schema ${schema.$ref}`] : schemaFaults(named, value, schemas, path);
  }
  if (value === null && schema.nullable === true) return [];
  const faults: string[] = [];
  if (schema.enum !== undefined && !schema.enum.includes(value)) faults.push(`${path}: not in the enum`);
  if (schema.oneOf !== undefined) {
    const tried = schema.oneOf.map((option) => schemaFaults(option, value, schemas, path));
    if (!tried.some((found) => found.length === 0)) faults.push(...(tried[0] ?? []), `${path}: fits no case`);
  }
  if (schema.type !== undefined) faults.push(...typeFaults(schema, value, schemas, path));
  return faults;
}

function typeFaults(schema: JsonSchema, value: unknown, schemas: Schemas, path: string): string[] {
  switch (schema.type) {
    case "array":
      if (!Array.isArray(value)) return [`${path}: no array`];
      return value.flatMap((item, i) => schemaFaults(schema.items ?? {}, item, schemas, `${path}[${i}]`));
    case "object":
      return objectFaults(schema, value, schemas, path);
    case "integer": {
      if (!Number.isInteger(value)) return [`${path}: no integer`];
      const number = value as number;
      const isInRange = number >= (schema.minimum ?? number) && number <= (schema.maximum ?? number);
      return isInRange ? [] : [`${path}: ${number} is out of range`];
    }
    case "string":
      if (typeof value !== "string") return [`${path}: no string`];
      return schema.pattern === undefined || new RegExp(schema.pattern).test(value) ? [] : [`${path}: bad pattern`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${path}: no boolean`];
    default:
      return [];
  }
}

function objectFaults(schema: JsonSchema, value: unknown, schemas: Schemas, path: string): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${path}: no object`];
  const properties = schema.properties ?? {};
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${path}: no ${name}`);
  const found = Object.entries(value).flatMap(([name, field]) => {
    const property = properties[name];
    if (property === undefined) return [`${path}: field ${name} is not in the schema`];
    return schemaFaults(property, field, schemas, `${path}.${name}`);
  });
  return [...missing, ...found];
}
