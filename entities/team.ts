import {
  Column,
  Entity,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
  Tree,
  TreeChildren,
  TreeParent,
} from 'typeorm';
import { Agent } from './agent.ts';
import { Timestamped } from './timestamped.ts';

/** A group of agents; teams have teams below them, which a closure table keeps track of. */
@Entity()
@Tree('closure-table')
export class Team extends Timestamped {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column({ type: 'varchar', length: 100, unique: true })
  name!: string;

  @Column({ type: 'citext', nullable: true })
  mailbox!: string | null;

  @TreeParent({ onDelete: 'CASCADE' })
  parent!: Relation<Team> | null;

  @TreeChildren()
  children!: Relation<Team>[];

  @OneToMany(() => Agent, agent => agent.team)
  agents!: Relation<Agent>[];
}
