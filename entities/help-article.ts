import { Column, Entity, Index, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Agent } from './agent.ts';
import { Timestamped } from './timestamped.ts';

/** An answer written once for everybody, found by its words. */
@Entity()
export class HelpArticle extends Timestamped {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column({ type: 'varchar', length: 120, unique: true, collation: 'C' })
  slug!: string;

  @Column({ type: 'varchar', length: 200 })
  title!: string;

  @Column({ type: 'text' })
  body!: string;

  @Index('IDX_help_article_words', { type: 'gin' })
  @Column({
    type: 'tsvector',
    select: false,
    generatedType: 'STORED',
    asExpression: `to_tsvector('english', "title" || ' ' || "body")`,
  })
  readonly words!: string;

  @Index('IDX_help_article_published_at', { type: 'brin' })
  @Column({ type: 'timestamptz', nullable: true })
  publishedAt!: Date | null;

  @ManyToOne(() => Agent, { onDelete: 'SET NULL' })
  author!: Relation<Agent> | null;
}
