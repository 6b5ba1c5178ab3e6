import { Check, Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation, Unique } from 'typeorm';
import { TicketComment } from './ticket-comment.ts';
import { Timestamped } from './timestamped.ts';

/** A file that came with a comment. Its content is kept elsewhere, under its hash. */
@Entity()
@Unique('UQ_attachment_file_name', ['comment', 'fileName'], { deferrable: 'INITIALLY DEFERRED' })
@Check('CHK_attachment_byte_size', '"byteSize" > 0')
@Check('CHK_attachment_sha256', 'octet_length("sha256") = 32')
export class Attachment extends Timestamped {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @ManyToOne(() => TicketComment, comment => comment.attachments, { nullable: false, onDelete: 'CASCADE' })
  comment!: Relation<TicketComment>;

  @Column({ type: 'varchar', length: 255 })
  fileName!: string;

  @Column({ type: 'varchar', length: 127, default: 'application/octet-stream' })
  contentType!: string;

  @Column({ type: 'bigint' })
  byteSize!: string;

  @Column({ type: 'bytea' })
  sha256!: Buffer;
}
