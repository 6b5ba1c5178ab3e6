import { Check, Column, Entity, JoinColumn, OneToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Ticket } from './ticket.ts';
import { Timestamped } from './timestamped.ts';

/** What the customer thought of the help: asked for once a ticket is solved, at most one for each ticket. */
@Entity()
@Check('CHK_satisfaction_survey_rating', '"rating" BETWEEN 1 AND 5')
export class SatisfactionSurvey extends Timestamped {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @OneToOne(() => Ticket, ticket => ticket.survey, { nullable: false, onDelete: 'CASCADE' })
  @JoinColumn({ name: 'ticketId', foreignKeyConstraintName: 'FK_satisfaction_survey_ticket' })
  ticket!: Relation<Ticket>;

  @Column({ type: 'smallint', comment: '1 (bad) to 5 (very good)' })
  rating!: number;

  @Column({ type: 'text', nullable: true })
  comment!: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  answeredAt!: Date | null;
}
