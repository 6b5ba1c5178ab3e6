import { Column } from 'typeorm';

/** Where a customer is: embedded in the customer's own table. */
export class Address {
  @Column({ type: 'varchar', length: 200, nullable: true })
  street!: string | null;

  @Column({ type: 'varchar', length: 100, nullable: true })
  city!: string | null;

  @Column({ type: 'varchar', length: 20, nullable: true })
  postalCode!: string | null;

  @Column({ type: 'char', length: 2, nullable: true, comment: 'ISO 3166-1 alpha-2' })
  country!: string | null;
}
