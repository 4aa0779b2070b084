// Orders of jobs that are made as they come: first in, first out lines, and the jobs whose client waits, by age.
import { Job } from './job';
import { Message } from './message';

/**
 * First in, first out, linked through the messages themselves: queues of servers, and the network, whose delay is the
 * same for all, so that what was sent first arrives first.
 */
export class Line {
  length: i32 = 0;
  /** When the first one is due, ms; Infinity while it is empty. */
  dueAt: f64 = Infinity;
  private head: usize = 0;
  private tail: usize = 0;

  push(message: Message): void {
    const at = changetype<usize>(message);
    message.next = 0;
    if (this.head == 0) {
      this.head = at;
      this.dueAt = message.dueAt;
    } else {
      changetype<Message>(this.tail).next = at;
    }
    this.tail = at;
    this.length++;
  }

  /** Address of the first one, 0 = none. */
  first(): usize {
    return this.head;
  }

  /** Takes the first one out and returns its address; the line is not empty. */
  shift(): usize {
    const at = this.head;
    this.head = changetype<Message>(at).next;
    this.dueAt = this.head == 0 ? Infinity : changetype<Message>(this.head).dueAt;
    this.length--;
    return at;
  }

  clear(): void {
    this.length = 0;
    this.head = this.tail = 0;
    this.dueAt = Infinity;
  }
}

/** Jobs whose client waits, oldest first: the timeout is the same for all, so the first one is the next to run out. */
export class Waiting {
  /** When the oldest one was sent, ms; Infinity while it is empty. */
  oldestAt: f64 = Infinity;
  private head: usize = 0;
  private tail: usize = 0;

  push(job: Job): void {
    const at = changetype<usize>(job);
    job.older = this.tail;
    job.younger = 0;
    if (this.tail == 0) {
      this.head = at;
      this.oldestAt = job.sentAt;
    } else {
      changetype<Job>(this.tail).younger = at;
    }
    this.tail = at;
  }

  oldest(): Job {
    return changetype<Job>(this.head);
  }

  remove(job: Job): void {
    if (job.older != 0) changetype<Job>(job.older).younger = job.younger;
    else this.head = job.younger;
    if (job.younger != 0) changetype<Job>(job.younger).older = job.older;
    else this.tail = job.older;
    this.oldestAt = this.head == 0 ? Infinity : changetype<Job>(this.head).sentAt;
  }
}
