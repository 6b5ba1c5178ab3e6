import { Body, Controller, Get, Post } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Ticket } from './ticket.entity';

@Controller('tickets')
export class TicketsController {
  constructor(@InjectRepository(Ticket) private readonly tickets: Repository<Ticket>) {}

  @Get()
  open(): Promise<Ticket[]> {
    return this.tickets.find({ where: { isSolved: false }, order: { createdAt: 'ASC' } });
  }

  @Post()
  ask(@Body('subject') subject: string): Promise<Ticket> {
    return this.tickets.save({ subject });
  }
}
