//! Steps that several agencies take on one subject, and what they come to.
//!
//! Promise: what a set of steps comes to hangs on that set alone. Neither time nor hashes nor the order of arrival decide
//! anything, nor how often a step came, so nodes that have the same steps see the same. A step names its parents, the
//! steps that its maker knew; they make each step's past, and whether it was legal is judged in that past, once and for all:
//!
//! - A step that its past did not allow is [void](Standing::Void), with the reason; it is kept, and counts for nothing.
//! - A step whose past is not all here [waits](Standing::Waiting).
//! - All others are effective. What counts is the latest effective step of each [role](Machine::Role).
//! - Who takes two steps on one subject without either knowing of the other, a broken node or a hostile one, contradicts
//!   itself: its word is then the last one before the two, until a step that knows both.
//!
//! What the latest steps come to together is told by a table for each kind of subject, a [`Machine`].

use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::fmt;

use crate::id::AgencyId;

/// Most steps on one subject that are meant to be.
pub const STEPS_MAX: usize = 512;
/// Most steps of one agency on one subject, its remarks among them. What it says beyond is looked at by nobody: it is its own first
/// words that count, so that a flood takes nobody else's away.
pub const STEPS_EACH_MAX: usize = 256;

/// Names a step: the hash of the frame that carries it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub [u8; 32]);

impl fmt::Debug for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "StepId({:02x}{:02x}{:02x}{:02x}…)",
            self.0[0], self.0[1], self.0[2], self.0[3]
        )
    }
}

/// One step on a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<T> {
    /// Its name.
    pub id: StepId,
    /// Whose it is.
    pub by: AgencyId,
    /// The steps that its maker knew, none of them a parent's parent. Only the first step on a subject has none.
    pub parents: Vec<StepId>,
    /// What it does.
    pub transition: T,
}

/// What a kind of subject is governed by.
pub trait Machine {
    /// What a step can do.
    type Transition: Clone + fmt::Debug;
    /// Whose word a step is. An agency may speak in several roles.
    type Role: Clone + Ord + fmt::Debug;
    /// What the latest words come to.
    type State: Clone + PartialEq + fmt::Debug;

    /// Whether a subject can begin with it.
    fn opens(transition: &Self::Transition) -> bool;

    /// In whose role an agency takes such a step on a subject that was opened so; `None` when it has none that may.
    fn role(
        opening: &Step<Self::Transition>,
        by: &AgencyId,
        transition: &Self::Transition,
    ) -> Option<Self::Role>;

    /// The table.
    fn state(latest: &Latest<'_, Self>) -> Self::State;

    /// Whether that role may take that step in that state.
    ///
    /// # Errors
    /// Why not.
    fn check(
        opening: &Step<Self::Transition>,
        state: &Self::State,
        role: &Self::Role,
        transition: &Self::Transition,
    ) -> Result<(), Void>;
}

words! {
    /// Why a step counts for nothing.
    Void {
        /// It builds on nothing, and can't be the first word on this subject.
        NotOpened = "not-opened",
        /// Its agency has no role in which it could take it.
        NotYours = "not-yours",
        /// The state that its maker knew does not allow it.
        NotNow = "not-now",
        /// It changes what was fixed when the subject was opened.
        Fixed = "fixed",
    }
}

/// Whether a step counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Effective,
    /// It counts for nothing.
    Void(Void),
    /// Some of its past is not here yet.
    Waiting,
}

/// What the steps on a subject come to.
#[derive(Debug, Clone)]
pub struct History<M: Machine + ?Sized> {
    /// Each after its parents, those that wait last.
    judged: Vec<Judged<M>>,
    opening: Option<usize>,
    state: Option<M::State>,
    contradicting: Vec<M::Role>,
}

#[derive(Debug, Clone)]
struct Judged<M: Machine + ?Sized> {
    step: Step<M::Transition>,
    /// The places of all steps that it builds on, itself not among them.
    past: Places,
    standing: Standing,
    /// Of an effective one.
    role: Option<M::Role>,
}

/// The latest effective step of each role, as the [table](Machine::state) sees it.
#[derive(Debug)]
pub struct Latest<'a, M: Machine + ?Sized> {
    judged: &'a [Judged<M>],
    among: &'a Places,
    latest: BTreeMap<M::Role, usize>,
}

impl<M: Machine + ?Sized> Latest<'_, M> {
    /// A role's latest step.
    pub fn of(&self, role: &M::Role) -> Option<&M::Transition> {
        let place = self.latest.get(role)?;
        Some(&self.judged[*place].step.transition)
    }

    /// All roles that have spoken, with their latest steps.
    pub fn iter(&self) -> impl Iterator<Item = (&M::Role, &Step<M::Transition>)> {
        self.latest
            .iter()
            .map(|(role, place)| (role, &self.judged[*place].step))
    }

    /// Whether `one` knew the latest step of `other` when it took its own latest.
    pub fn knew(&self, one: &M::Role, other: &M::Role) -> bool {
        match (self.latest.get(one), self.latest.get(other)) {
            (Some(one), Some(other)) => self.judged[*one].past.has(*other),
            _ => false,
        }
    }

    /// A role's latest step that passes a test, along its undisputed steps.
    pub fn find(
        &self,
        role: &M::Role,
        test: impl Fn(&M::Transition) -> bool,
    ) -> Option<&Step<M::Transition>> {
        last(self.judged, self.among, role, test)
    }

    /// The same among what a certain step knew: what had been said before it, whatever has been said since.
    pub fn find_before(
        &self,
        step: &StepId,
        role: &M::Role,
        test: impl Fn(&M::Transition) -> bool,
    ) -> Option<&Step<M::Transition>> {
        let place = place(self.judged, step)?;
        last(self.judged, &self.judged[place].past, role, test)
    }
}

impl<M: Machine + ?Sized> History<M> {
    /// What these steps come to. `owner` is the agency that the subject is named by: nobody else can open it.
    pub fn of(owner: &AgencyId, steps: impl IntoIterator<Item = Step<M::Transition>>) -> Self {
        let (ordered, waiting) = in_order(steps);
        let mut judged: Vec<Judged<M>> = Vec::with_capacity(ordered.len() + waiting.len());
        let mut places = BTreeMap::new();
        for step in ordered {
            let mut past = Places::default();
            for parent in &step.parents {
                let place: usize = places[parent];
                past.add(place);
                past.add_all(&judged[place].past);
            }
            let (standing, role) = match judge(owner, &judged, &past, &step) {
                Ok(role) => (Standing::Effective, Some(role)),
                Err(void) => (Standing::Void(void), None),
            };
            places.insert(step.id, judged.len());
            judged.push(Judged {
                step,
                past,
                standing,
                role,
            });
        }
        let all = Places::first(judged.len());
        let opening = opening(&judged, &all);
        let (latest, contradicting) = latest(&judged, &all);
        let state = opening.map(|_| {
            M::state(&Latest {
                judged: &judged,
                among: &all,
                latest,
            })
        });
        judged.extend(waiting.into_iter().map(|step| Judged {
            step,
            past: Places::default(),
            standing: Standing::Waiting,
            role: None,
        }));
        Self {
            judged,
            opening,
            state,
            contradicting,
        }
    }

    /// What they come to; `None` as long as the first step is not here, or when its owner has opened the subject twice.
    pub fn state(&self) -> Option<&M::State> {
        self.state.as_ref()
    }

    /// The first step.
    pub fn opening(&self) -> Option<&Step<M::Transition>> {
        self.opening.map(|place| &self.judged[place].step)
    }

    /// All steps, each after those that it builds on, with what they count for.
    pub fn steps(&self) -> impl Iterator<Item = (&Step<M::Transition>, Standing)> {
        self.judged.iter().map(|it| (&it.step, it.standing))
    }

    /// The latest effective step of a role that passes a test, along its undisputed steps.
    pub fn latest(
        &self,
        role: &M::Role,
        test: impl Fn(&M::Transition) -> bool,
    ) -> Option<&Step<M::Transition>> {
        let all = Places::first(self.judged.len());
        last(&self.judged, &all, role, test)
    }

    /// A role's undisputed steps, each after those before it.
    pub fn undisputed(&self, role: &M::Role) -> Vec<&Step<M::Transition>> {
        let all = Places::first(self.judged.len());
        undisputed(&self.judged, &effective(&self.judged, &all, role))
            .into_iter()
            .map(|place| &self.judged[place].step)
            .collect()
    }

    /// All effective steps with the roles in which they were taken, each after those that it builds on.
    pub fn effective(&self) -> impl Iterator<Item = (&Step<M::Transition>, &M::Role)> {
        self.judged
            .iter()
            .filter_map(|it| Some((&it.step, it.role.as_ref()?)))
    }

    /// The effective step with this name.
    pub fn step(&self, id: &StepId) -> Option<&Step<M::Transition>> {
        let it = &self.judged[place(&self.judged, id)?];
        it.role.is_some().then_some(&it.step)
    }

    /// Whether the maker of `one` knew `other`.
    pub fn knew(&self, one: &StepId, other: &StepId) -> bool {
        match (place(&self.judged, one), place(&self.judged, other)) {
            (Some(one), Some(other)) => self.judged[one].past.has(other),
            _ => false,
        }
    }

    /// Roles that contradict themselves.
    pub fn contradicting(&self) -> &[M::Role] {
        &self.contradicting
    }

    /// What the next step here builds on: the effective steps that no other effective one builds on.
    pub fn parents(&self) -> Vec<StepId> {
        let effective: Vec<usize> = (0..self.judged.len())
            .filter(|place| self.judged[*place].standing == Standing::Effective)
            .collect();
        let is_last = |place: &&usize| {
            !effective
                .iter()
                .any(|other| self.judged[*other].past.has(**place))
        };
        effective
            .iter()
            .filter(is_last)
            .map(|place| self.judged[*place].step.id)
            .collect()
    }

    /// Whether an agency may take a step now.
    ///
    /// # Errors
    /// Why not.
    pub fn may(&self, by: &AgencyId, transition: &M::Transition) -> Result<(), Void> {
        let opening = self.opening().ok_or(Void::NotOpened)?;
        let state = self.state.as_ref().ok_or(Void::NotOpened)?;
        let role = M::role(opening, by, transition).ok_or(Void::NotYours)?;
        M::check(opening, state, &role, transition)
    }
}

/// Each step once, each after its parents, and those whose past is not all here. The order is that of names where the parents
/// leave it open, so that it is the same everywhere; nothing else hangs on it.
fn in_order<T>(steps: impl IntoIterator<Item = Step<T>>) -> (Vec<Step<T>>, Vec<Step<T>>) {
    let mut all: BTreeMap<StepId, Step<T>> = BTreeMap::new();
    for step in steps {
        if let btree_map::Entry::Vacant(vacant) = all.entry(step.id) {
            vacant.insert(step);
        }
    }
    let mut missing: BTreeMap<StepId, usize> = BTreeMap::new();
    let mut children: BTreeMap<StepId, Vec<StepId>> = BTreeMap::new();
    let mut ready = BTreeSet::new();
    for (id, step) in &all {
        let parents: BTreeSet<StepId> = step.parents.iter().copied().collect();
        if parents.is_empty() {
            ready.insert(*id);
        }
        missing.insert(*id, parents.len());
        for parent in parents {
            children.entry(parent).or_default().push(*id);
        }
    }
    let mut ordered = Vec::with_capacity(all.len());
    while let Some(id) = ready.pop_first() {
        for child in children.remove(&id).unwrap_or_default() {
            let left = missing.get_mut(&child).expect("every step was counted");
            *left -= 1;
            if *left == 0 {
                ready.insert(child);
            }
        }
        ordered.push(all.remove(&id).expect("each becomes ready once"));
    }
    (ordered, all.into_values().collect())
}

/// The role in which a step is effective, or why it is void.
fn judge<M: Machine + ?Sized>(
    owner: &AgencyId,
    judged: &[Judged<M>],
    past: &Places,
    step: &Step<M::Transition>,
) -> Result<M::Role, Void> {
    if step.parents.is_empty() {
        if step.by != *owner || !M::opens(&step.transition) {
            return Err(Void::NotOpened);
        }
        return M::role(step, &step.by, &step.transition).ok_or(Void::NotYours);
    }
    let opening = opening(judged, past).ok_or(Void::NotOpened)?;
    let opening = &judged[opening].step;
    let role = M::role(opening, &step.by, &step.transition).ok_or(Void::NotYours)?;
    let (latest, _) = latest(judged, past);
    let state = M::state(&Latest {
        judged,
        among: past,
        latest,
    });
    M::check(opening, &state, &role, &step.transition)?;
    Ok(role)
}

/// The one effective step among these that builds on nothing.
fn opening<M: Machine + ?Sized>(judged: &[Judged<M>], among: &Places) -> Option<usize> {
    let mut openings = among.iter().filter(|place| {
        let it = &judged[*place];
        it.step.parents.is_empty() && it.standing == Standing::Effective
    });
    let opening = openings.next()?;
    openings.next().is_none().then_some(opening)
}

/// The latest undisputed step of each role among these, and the roles that have a dispute with themselves beyond it.
fn latest<M: Machine + ?Sized>(
    judged: &[Judged<M>],
    among: &Places,
) -> (BTreeMap<M::Role, usize>, Vec<M::Role>) {
    let mut roles: BTreeMap<M::Role, Vec<usize>> = BTreeMap::new();
    for place in among.iter() {
        if let Some(role) = &judged[place].role {
            roles.entry(role.clone()).or_default().push(place);
        }
    }
    let mut latest = BTreeMap::new();
    let mut contradicting = Vec::new();
    for (role, own) in roles {
        let undisputed = undisputed(judged, &own);
        if undisputed.last() != own.last() {
            contradicting.push(role.clone());
        }
        if let Some(last) = undisputed.last() {
            latest.insert(role, *last);
        }
    }
    (latest, contradicting)
}

fn place<M: Machine + ?Sized>(judged: &[Judged<M>], id: &StepId) -> Option<usize> {
    judged.iter().position(|it| it.step.id == *id)
}

/// The last undisputed step of a role among these that passes a test.
fn last<'a, M: Machine + ?Sized>(
    judged: &'a [Judged<M>],
    among: &Places,
    role: &M::Role,
    test: impl Fn(&M::Transition) -> bool,
) -> Option<&'a Step<M::Transition>> {
    undisputed(judged, &effective(judged, among, role))
        .into_iter()
        .rev()
        .map(|place| &judged[place].step)
        .find(|step| test(&step.transition))
}

fn effective<M: Machine + ?Sized>(
    judged: &[Judged<M>],
    among: &Places,
    role: &M::Role,
) -> Vec<usize> {
    among
        .iter()
        .filter(|place| judged[*place].role.as_ref() == Some(role))
        .collect()
}

/// Those of a role's effective steps that come before or after each other one, ascending.
fn undisputed<M: Machine + ?Sized>(judged: &[Judged<M>], own: &[usize]) -> Vec<usize> {
    let ordered = |one: usize, other: usize| {
        one == other || judged[one].past.has(other) || judged[other].past.has(one)
    };
    // Nearly always they are a chain, and then nobody has to compare all with all.
    if own.windows(2).all(|two| judged[two[1]].past.has(two[0])) {
        return own.to_vec();
    }
    own.iter()
        .copied()
        .filter(|one| own.iter().all(|other| ordered(*one, *other)))
        .collect()
}

/// A set of places in a history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Places(Vec<u64>);

impl Places {
    /// The first so many.
    fn first(count: usize) -> Self {
        let mut places = Self(vec![u64::MAX; count / 64]);
        if !count.is_multiple_of(64) {
            places.0.push((1 << (count % 64)) - 1);
        }
        places
    }

    fn add(&mut self, place: usize) {
        let word = place / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (place % 64);
    }

    fn add_all(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own |= other;
        }
    }

    fn has(&self, place: usize) -> bool {
        self.0
            .get(place / 64)
            .is_some_and(|word| word & (1 << (place % 64)) != 0)
    }

    /// Ascending.
    fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let word = *word;
            (0..64)
                .filter(move |bit| word & (1 << bit) != 0)
                .map(move |bit| at * 64 + bit)
        })
    }
}
