//! How many neighbours are enough: Bell et al., CCS 2020, section 3 and appendix, with the exact tails of the
//! hypergeometric distribution in place of their estimates.
//!
//! Only additions, multiplications and divisions decide, which round alike on every machine: worker and agents must
//! come to the same graph.

use std::fmt;

use super::Graph;

/// Up to so many parties the full graph costs next to nothing.
const FEW: usize = 32;

/// What the server does besides reading everything that it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adversary {
    /// It follows the protocol, and those who drop out do so whatever the graph is (the paper's semi-honest server).
    Curious,
    /// It tells parties whatever it likes, above all who has survived.
    Lying,
}

/// What a session must stand. Which parties collude is fixed before the session has its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumptions {
    pub parties: usize,
    /// Parties that may drop out over the whole session.
    pub dropouts: usize,
    /// Parties that tell the server all they know.
    pub colluders: usize,
    pub adversary: Adversary,
    /// The graph hides inputs but for a probability of 2^-σ.
    pub privacy_bits: u32,
    /// A session ends with a sum but for a probability of 2^-η.
    pub completion_bits: u32,
}

/// A graph and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameters {
    pub graph: Graph,
    /// Binary logarithm of the bound on what 2^-σ was asked of; none for the full graph, where nothing is left to chance.
    pub privacy_log2: Option<f64>,
    /// Of what 2^-η was asked of.
    pub completion_log2: Option<f64>,
}

impl Assumptions {
    /// What [`crate::Config::new`] assumes: a server that lies, one party in ten that colludes with it, and as many
    /// drop-outs as the threshold lets pass.
    pub(crate) fn of(parties: usize, threshold: usize) -> Self {
        Self {
            parties,
            dropouts: parties.saturating_sub(threshold),
            colluders: parties / 10,
            adversary: Adversary::Lying,
            privacy_bits: 64,
            completion_bits: 20,
        }
    }

    /// The smallest degree that is enough, or the full graph where none is. The threshold is the smallest that hides
    /// inputs, so that all the rest is there for drop-outs.
    pub fn parameters(&self) -> Parameters {
        let most = if self.parties > FEW { self.parties - 1 } else { 0 };
        let regular = (2..most).step_by(2).find_map(|degree| self.check(degree));
        regular.unwrap_or(Parameters {
            graph: Graph::Full,
            privacy_log2: None,
            completion_log2: None,
        })
    }

    fn check(&self, degree: usize) -> Option<Parameters> {
        let parties = self.parties as f64;
        // Two things may go wrong with privacy; each gets half of the probability. Every party may be the one.
        let privacy = power_of_two(self.privacy_bits + 1) / parties;
        let apart = match self.adversary {
            Adversary::Curious => self.disconnected(degree),
            Adversary::Lying => 0.0,
        };
        if apart > privacy * parties {
            return None;
        }
        // An honest party's neighbours are drawn from the others.
        let colluders = Tail::new(self.parties - 1, self.colluders, degree);
        let too_many = colluders.smallest_above(privacy);
        let threshold = match self.adversary {
            // Colluding neighbours alone must not open anything (the paper's first condition).
            Adversary::Curious => too_many,
            // Besides the owner and those who collude, more than half of the neighbours answer for each secret that
            // is opened: docs/protocols/secure-aggregation.md, step 7.
            Adversary::Lying => degree / 2 + too_many + 1,
        }
        .max(2);
        // Enough must be left of the neighbours of everybody whose secrets are wanted, drop-outs among them.
        let gone = Tail::new(self.parties - 1, self.dropouts, degree);
        if threshold > degree || gone.at_least(degree - threshold + 1) > power_of_two(self.completion_bits) / parties {
            return None;
        }
        let privacy = parties * colluders.at_least(too_many) + apart;
        let completion = parties * gone.at_least(degree - threshold + 1);
        Some(Parameters {
            graph: Graph::Regular { degree, threshold },
            privacy_log2: Some(privacy.log2()),
            completion_log2: Some(completion.log2()),
        })
    }

    /// Bound on the probability that honest survivors fall into groups without edges between them. For that, in two
    /// places of the circle half a degree of parties in a row must have dropped out or collude.
    fn disconnected(&self, degree: usize) -> f64 {
        let removed = (self.dropouts + self.colluders).min(self.parties);
        let places = self.parties as f64 * (self.parties - degree - 1) as f64 / 2.0;
        let all_removed = (0..degree).map(|drawn| removed.saturating_sub(drawn) as f64 / (self.parties - drawn) as f64);
        places * all_removed.product::<f64>() * SLACK
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Graph::Regular { degree, threshold } = self.graph else {
            return f.write_str("the full graph");
        };
        let fails = |log2: Option<f64>| match log2 {
            Some(log2) if log2.is_finite() => format!("fails with 2^{log2:.0} at most"),
            _ => "cannot fail".into(),
        };
        write!(
            f,
            "{degree} neighbours, {threshold} shares open a secret; privacy {}, the session {}",
            fails(self.privacy_log2),
            fails(self.completion_log2),
        )
    }
}

/// More than what a few thousand roundings add up to.
const SLACK: f64 = 1.0 + 1e-9;

fn power_of_two(minus: u32) -> f64 {
    (0..minus).fold(1.0, |power, _| power / 2.0)
}

/// Upper tails of the hypergeometric distribution: of the number of marked ones among some that are drawn from all.
struct Tail(Vec<f64>);

impl Tail {
    fn new(all: usize, marked: usize, drawn: usize) -> Self {
        let marked = marked.min(all);
        let (least, most) = ((drawn + marked).saturating_sub(all), drawn.min(marked));
        // From each number's probability to the next one's, beginning at the likeliest: nothing overflows, and what
        // underflows is nothing.
        let mut weights = vec![0.0; drawn + 1];
        let likeliest = ((drawn + 1) * (marked + 1) / (all + 2)).clamp(least, most);
        weights[likeliest] = 1.0;
        let ratio = |number: usize| {
            let up = ((marked - number) * (drawn - number)) as f64;
            let down = ((number + 1) * (all + number + 1 - marked - drawn)) as f64;
            up / down
        };
        for number in likeliest..most {
            weights[number + 1] = weights[number] * ratio(number);
        }
        for number in (least..likeliest).rev() {
            weights[number] = weights[number + 1] / ratio(number);
        }
        let total: f64 = weights.iter().sum();
        let mut tail = 0.0;
        for weight in weights.iter_mut().rev() {
            tail += *weight;
            *weight = (tail / total * SLACK).min(1.0);
        }
        Self(weights)
    }

    /// Bound on the probability of so many marked ones or more.
    fn at_least(&self, number: usize) -> f64 {
        self.0.get(number).copied().unwrap_or(0.0)
    }

    /// The smallest number that is reached with no more than this probability.
    fn smallest_above(&self, probability: f64) -> usize {
        self.0.iter().take_while(|tail| **tail > probability).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_a_distribution_worked_by_hand() {
        // Of 5, 2 marked, 3 drawn: 0, 1, 2 marked with 1/10, 6/10, 3/10.
        let tail = Tail::new(5, 2, 3);
        for (number, expected) in [(0, 1.0), (1, 0.9), (2, 0.3), (3, 0.0), (9, 0.0)] {
            assert!((tail.at_least(number) - expected).abs() < 1e-8, "{number}");
        }
        assert_eq!(tail.smallest_above(0.95), 1);
        assert_eq!(tail.smallest_above(0.5), 2);
        assert_eq!(tail.smallest_above(0.1), 3);
        // All are drawn, all are marked, none is.
        assert_eq!(Tail::new(4, 2, 4).at_least(2), 1.0);
        assert_eq!(Tail::new(4, 4, 3).at_least(3), 1.0);
        assert_eq!(Tail::new(4, 0, 3).at_least(1), 0.0);
    }

    #[test]
    fn tails_add_up_on_both_sides() {
        for (all, marked, drawn) in [(999, 300, 100), (999, 50, 72), (31, 10, 30), (1023, 512, 1000)] {
            let (these, others) = (Tail::new(all, marked, drawn), Tail::new(all, all - marked, drawn));
            for number in 0..=drawn {
                let sum = these.at_least(number) + others.at_least(drawn + 1 - number);
                assert!((sum - 1.0).abs() < 1e-8, "{number} of {drawn}: {sum}");
            }
        }
    }

    fn check(parties: usize, colluders: usize, dropouts: usize, expected: (usize, usize)) {
        let assumptions = Assumptions {
            parties,
            dropouts,
            colluders,
            adversary: Adversary::Curious,
            privacy_bits: 40,
            completion_bits: 20,
        };
        let Graph::Regular { degree, threshold } = assumptions.parameters().graph else {
            panic!("{parties} parties need no full graph")
        };
        let near = degree.abs_diff(expected.0) <= 2 && threshold.abs_diff(expected.1) <= 3;
        assert!(near, "{parties} parties: {degree}, {threshold}, expected {expected:?}");
    }

    /// What Google's federated-compute (graph_parameter_finder_test.cc) has for the same assumptions. It draws from all
    /// parties where a party's neighbours are drawn from the others, which may make a difference of one pair.
    #[test]
    fn published_parameters() {
        check(100, 5, 33, (28, 6));
        check(100, 33, 33, (68, 34));
        check(100, 33, 5, (34, 29));
        check(1000, 50, 330, (72, 24));
        check(1000, 330, 50, (78, 60));
        check(1000, 330, 330, (286, 150));
    }

    #[test]
    fn small_sessions_get_the_full_graph() {
        for parties in 2..=FEW {
            for threshold in parties / 2 + 1..=parties {
                let graph = Assumptions::of(parties, threshold).parameters().graph;
                assert_eq!(graph, Graph::Full, "{parties} parties, threshold {threshold}");
            }
        }
    }

    #[test]
    fn large_sessions_with_few_drop_outs_get_another() {
        let Parameters { graph, .. } = Assumptions::of(1000, 900).parameters();
        let Graph::Regular { degree, threshold } = graph else {
            panic!("{graph:?}")
        };
        graph.validate(1000).unwrap();
        assert!(degree < 500 && threshold > degree / 2, "{degree} {threshold}");
        // A majority's threshold leaves no room.
        assert_eq!(Assumptions::of(1000, 501).parameters().graph, Graph::Full);
    }

    #[test]
    fn more_is_asked_with_more_neighbours() {
        let base = Assumptions {
            parties: 500,
            dropouts: 50,
            colluders: 25,
            adversary: Adversary::Curious,
            privacy_bits: 40,
            completion_bits: 20,
        };
        let degree = |assumptions: Assumptions| match assumptions.parameters().graph {
            Graph::Regular { degree, .. } => degree,
            Graph::Full => 499,
        };
        for more in [
            Assumptions { dropouts: 100, ..base },
            Assumptions { colluders: 75, ..base },
            Assumptions {
                adversary: Adversary::Lying,
                ..base
            },
            Assumptions {
                privacy_bits: 80,
                ..base
            },
            Assumptions {
                completion_bits: 40,
                ..base
            },
        ] {
            assert!(degree(more) > degree(base), "{more:?}");
        }
    }

    #[test]
    fn what_is_printed_says_how_sure() {
        let curious = Assumptions {
            parties: 1000,
            dropouts: 300,
            colluders: 50,
            adversary: Adversary::Curious,
            privacy_bits: 40,
            completion_bits: 20,
        };
        let parameters = curious.parameters();
        assert!(parameters.privacy_log2.unwrap() <= -40.0 && parameters.completion_log2.unwrap() <= -20.0);
        let text = parameters.to_string();
        assert!(text.contains("neighbours") && text.contains("2^-4"), "{text}");
        let full = Assumptions { parties: 3, ..curious };
        assert_eq!(full.parameters().to_string(), "the full graph");
    }
}
