import { EntitySchema } from 'typeorm';

export const Ticket = new EntitySchema({
  name: 'Ticket',
  columns: {
    id: { type: 'int', primary: true, generated: 'identity' },
    subject: { type: 'text' },
    solvedAt: { type: 'timestamptz', nullable: true },
  },
});

export const SatisfactionSurvey = new EntitySchema({
  name: 'SatisfactionSurvey',
  columns: {
    id: { type: 'int', primary: true, generated: 'identity' },
    rating: { type: 'smallint' },
    comment: { type: 'text', nullable: true },
  },
  relations: {
    ticket: { type: 'one-to-one', target: 'Ticket', joinColumn: true, nullable: false, onDelete: 'CASCADE' },
  },
  checks: [{ name: 'CHK_satisfaction_survey_rating', expression: '"rating" BETWEEN 1 AND 5' }],
});
