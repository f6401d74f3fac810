//! Which requests run now: a few at once, the newest question's only.

use std::collections::VecDeque;

/// Cockpit answers more at once only by queueing them itself.
pub const MOST_AT_ONCE: usize = 4;

pub type Ticket = u64;

/// A waiting line. The caller starts what [`Queue::start`] returns, and says when it is done.
#[derive(Debug)]
pub struct Queue {
    most_at_once: usize,
    next: Ticket,
    generation: u64,
    waiting: VecDeque<(Ticket, u64)>,
    running: Vec<(Ticket, u64)>,
}

impl Queue {
    pub fn new(most_at_once: usize) -> Queue {
        Queue { most_at_once, next: 0, generation: 0, waiting: VecDeque::new(), running: Vec::new() }
    }

    /// A new question: all that belongs to earlier ones leaves. Returns those tickets, to abort what runs.
    pub fn overtake(&mut self) -> Vec<Ticket> {
        self.generation += 1;
        let now = self.generation;
        let stale = self.waiting.iter().chain(&self.running).filter(|(_, of)| *of < now).map(|(ticket, _)| *ticket);
        let stale = stale.collect();
        self.waiting.retain(|(_, of)| *of >= now);
        self.running.retain(|(_, of)| *of >= now);
        stale
    }

    /// Joins the line, under the present question.
    pub fn enter(&mut self) -> Ticket {
        self.next += 1;
        self.waiting.push_back((self.next, self.generation));
        self.next
    }

    /// The tickets that may run now, oldest first; they count as running from here on.
    pub fn start(&mut self) -> Vec<Ticket> {
        let free = self.most_at_once.saturating_sub(self.running.len()).min(self.waiting.len());
        let started: Vec<_> = self.waiting.drain(..free).collect();
        self.running.extend(&started);
        started.into_iter().map(|(ticket, _)| ticket).collect()
    }

    /// A ticket is done or given up; a stale one is known already and changes nothing.
    pub fn leave(&mut self, ticket: Ticket) {
        self.waiting.retain(|(of, _)| *of != ticket);
        self.running.retain(|(of, _)| *of != ticket);
    }

    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.running.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn four_at_once_then_in_turn() {
        let mut queue = Queue::new(MOST_AT_ONCE);
        let tickets: Vec<_> = (0..6).map(|_| queue.enter()).collect();
        assert_eq!(queue.start(), tickets[..4]);
        assert!(queue.start().is_empty());
        queue.leave(tickets[1]);
        assert_eq!(queue.start(), [tickets[4]]);
        assert_eq!(queue.overtake(), [tickets[5], tickets[0], tickets[2], tickets[3], tickets[4]]);
        assert!(queue.is_idle());
        let later = queue.enter();
        queue.leave(tickets[0]);
        assert_eq!(queue.start(), [later]);
    }

    proptest! {
        /// Never more than four run, nobody starts twice or after being dropped, and all of the last question run.
        #[test]
        fn nobody_is_forgotten(steps in prop::collection::vec(0u8..4, 1..200)) {
            let mut queue = Queue::new(MOST_AT_ONCE);
            let mut running: Vec<Ticket> = Vec::new();
            let (mut entered, mut dropped, mut ran) = (Vec::new(), Vec::new(), Vec::new());
            let settle = |queue: &mut Queue, running: &mut Vec<Ticket>, ran: &mut Vec<Ticket>| {
                let started = queue.start();
                running.extend(&started);
                ran.extend(&started);
            };
            for step in steps {
                match step {
                    0 | 1 => entered.push(queue.enter()),
                    2 => if let Some(done) = running.pop() { queue.leave(done) },
                    _ => {
                        let stale = queue.overtake();
                        running.retain(|ticket| !stale.contains(ticket));
                        dropped.extend(stale);
                    }
                }
                settle(&mut queue, &mut running, &mut ran);
                prop_assert!(running.len() <= MOST_AT_ONCE);
            }
            while let Some(done) = running.pop() {
                queue.leave(done);
                settle(&mut queue, &mut running, &mut ran);
            }
            prop_assert!(queue.is_idle());
            prop_assert!(ran.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(entered.iter().all(|ticket| ran.contains(ticket) || dropped.contains(ticket)));
        }
    }
}
