import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { dataSourceOptions } from './data-source';
import { isWorthRetrying, migratedDataSource } from './migrated-data-source';
import { TicketsModule } from './tickets/tickets.module';

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      useFactory: () => ({ ...dataSourceOptions, toRetry: isWorthRetrying }),
      dataSourceFactory: migratedDataSource,
    }),
    TicketsModule,
  ],
})
export class AppModule {}
