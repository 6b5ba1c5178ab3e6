import { describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import {
  Agent,
  AgentWorkload,
  AuditEvent,
  Customer,
  entities,
  OpenTicket,
  PublicReply,
  SatisfactionSurvey,
  SlaPolicy,
  Tag,
  Team,
  Ticket,
} from '../entities/index.ts';
import {
  catalogFingerprint,
  type Queryable,
  type TestDataSourceOptions,
  withDatabase,
  withPglite,
} from './support/index.ts';

type AnyDatabase = Queryable & { dataSource(options?: TestDataSourceOptions): DataSource };

const extensions = ['uuid-ossp', 'citext', 'btree_gist'];

const databases = [
  ['PostgreSQL', (work: (db: AnyDatabase) => Promise<void>) => withDatabase(work, { template: 'extensions' })],
  ['PGlite', (work: (db: AnyDatabase) => Promise<void>) => withPglite(work, { extensions })],
] as const;

describe.each(databases)('the example application on %s', (_name, withAny) => {
  async function withApplication(work: (dataSource: DataSource, db: AnyDatabase) => Promise<void>): Promise<void> {
    await withAny(async db => {
      await db.query('CREATE SCHEMA audit');
      const dataSource = await db.dataSource({ entities, synchronize: true }).initialize();
      await work(dataSource, db);
      await dataSource.destroy();
    });
  }

  test('is what TypeORM can create, with nothing left to do, and shows what PostgreSQL can hold', async () => {
    await withApplication(async (dataSource, db) => {
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
      const print = await catalogFingerprint(db);
      for (const kind of ['v', 'm']) expect(print).toMatch(new RegExp(`^relation public\\..* kind=${kind}`, 'm'));
      for (const sign of ['EXCLUDE USING gist', 'FOREIGN KEY', 'UNIQUE', 'CHECK', 'DEFERRABLE INITIALLY DEFERRED']) {
        expect(print).toContain(sign);
      }
      expect(print).toMatch(/^column public\.ticket\.id .*identity=d/m);
      expect(print).toMatch(/^column public\.ticket\."resolutionTime" interval .*generated=s/m);
      expect(print).toMatch(/^column public\.agent\.handle .*collation="C"/m);
      expect(print).toMatch(/^index CREATE INDEX "IDX_ticket_unassigned" .* WHERE /m);
      expect(print).toMatch(/^index CREATE INDEX .* USING (gin|brin) /m);
      expect(print).toContain('relation audit.audit_event kind=r');
    });
  });

  test('works as an application would use it', async () => {
    await withApplication(async dataSource => {
      const { manager } = dataSource;
      const support = await manager.save(manager.create(Team, { name: 'Support' }));
      const team = await manager.save(manager.create(Team, { name: 'Billing', parent: support }));
      const agent = await manager.save(
        manager.create(Agent, { displayName: 'Ada', email: 'ada@x', handle: 'ada', team }),
      );
      const customer = await manager.save(
        manager.create(Customer, { name: 'Grace', email: 'Grace@x', address: { city: 'NY' } }),
      );
      const tag = await manager.save(manager.create(Tag, { name: 'invoice' }));
      const ticket = await manager.save(
        manager.create(Ticket, { subject: 'Refund', priority: 'urgent', customer, assignedAgent: agent, tags: [tag] }),
      );
      await manager.save(
        manager.create(PublicReply, { ticket, author: agent, body: 'Of course', sentThrough: 'email' }),
      );
      await manager.save(manager.create(SatisfactionSurvey, { ticket, rating: 5 }));
      await manager.save(
        manager.create(AuditEvent, { action: 'created', recordType: 'ticket', recordId: '1', actor: agent }),
      );

      await manager.query('REFRESH MATERIALIZED VIEW CONCURRENTLY agent_workload');
      expect(await manager.find(AgentWorkload)).toMatchObject([
        { displayName: 'Ada', openTickets: 1, urgentTickets: 1 },
      ]);
      expect(await manager.find(OpenTicket)).toMatchObject([{ reference: 'T-000001', customerName: 'Grace' }]);
      expect(await manager.countBy(Customer, { email: 'GRACE@X' })).toBe(1);
      expect(await manager.getTreeRepository(Team).countDescendants(support)).toBe(2);

      await manager.delete(Agent, agent.id);
      const [left] = await manager.find(Ticket, { relations: { assignedAgent: true, comments: true, tags: true } });
      expect(left).toMatchObject({
        assignedAgent: null,
        comments: [expect.any(PublicReply)],
        tags: [{ name: 'invoice' }],
      });
      await manager.delete(Ticket, ticket.id);
      expect(await manager.count(SatisfactionSurvey)).toBe(0);
    });
  });

  test('refuses what its constraints forbid', async () => {
    await withApplication(async ({ manager }) => {
      const customer = await manager.save(manager.create(Customer, { name: 'Grace', email: 'grace@x' }));
      const ticket = await manager.save(manager.create(Ticket, { subject: 'Refund', customer }));
      await expect(manager.save(manager.create(SatisfactionSurvey, { ticket, rating: 6 }))).rejects.toThrow(
        'CHK_satisfaction_survey_rating',
      );
      const policy = { priority: 'high', firstResponseWithin: '1 hour', resolveWithin: '1 day' } as const;
      await manager.save(manager.create(SlaPolicy, { ...policy, name: 'one' }));
      await expect(manager.save(manager.create(SlaPolicy, { ...policy, name: 'two' }))).rejects.toThrow(
        'XCL_sla_policy_one_at_a_time',
      );
    });
  });
});

test('no name of the application is longer than PostgreSQL keeps', async () => {
  await withDatabase(
    async db => {
      await db.query('CREATE SCHEMA audit');
      const dataSource = await db.dataSource({ entities }).initialize();
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      const names = upQueries.flatMap(({ query }) => [...query.matchAll(/"([^"]+)"/g)].map(match => match[1]!));
      expect(names.length).toBeGreaterThan(200);
      expect(names.filter(name => Buffer.byteLength(name) > 63)).toEqual([]);
    },
    { template: 'extensions' },
  );
});
