import { quoteIdentifier } from '../sql/name.ts';
import { statement, type Statement } from '../sql/statement.ts';
import { list, optional, text, type Fields } from './form.ts';

/** What `ALTER … DEPENDS ON EXTENSION` says of an index, a materialized view or a trigger: it is dropped with the extension. */
export interface ExtensionDependencies {
  /** The names of the extensions. */
  readonly dependsOnExtensions?: readonly string[];
}

export const extensionDependencyFields: Fields<ExtensionDependencies> = { dependsOnExtensions: optional(list(text)) };

/** SQL for the extensions that an object depends on in this way, for {@link extensionDependenciesOf}. */
export const extensionDependencies = (catalog: string, oid: string): string => `
        (SELECT json_agg(x.extname ORDER BY x.extname) FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid
         WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x') AS "dependsOnExtensions"`;

/** The column of {@link extensionDependencies} in catalog rows, as data. */
export const extensionDependenciesOf = (row: any): ExtensionDependencies =>
  row.dependsOnExtensions === null ? {} : { dependsOnExtensions: row.dependsOnExtensions };

/** @param object what `ALTER` calls it: `INDEX "by_name"` */
export const dependOnExtensions = (object: string, { dependsOnExtensions = [] }: ExtensionDependencies): Statement[] =>
  dependsOnExtensions.map(name => statement(`ALTER ${object} DEPENDS ON EXTENSION ${quoteIdentifier(name)}`));
