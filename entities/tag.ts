import { Check, Column, Entity, ManyToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Ticket } from './ticket.ts';

/** A word tickets are sorted by. */
@Entity()
@Check('CHK_tag_colour', `"colour" ~ '^#[0-9a-f]{6}$'`)
export class Tag {
  @PrimaryGeneratedColumn('identity', { type: 'smallint', generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column({ type: 'citext', unique: true })
  name!: string;

  @Column({ type: 'char', length: 7, default: '#808080' })
  colour!: string;

  @ManyToMany(() => Ticket, ticket => ticket.tags)
  tickets!: Relation<Ticket>[];
}
