import { CreateDateColumn, UpdateDateColumn } from 'typeorm';

/** What every record of the application knows about itself. */
export abstract class Timestamped {
  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}
