//! Plans: what was asked about one statement, and what came of it, as a part of the statement's details.
//!
//! The plan belongs to the details page it was asked on. A session may have gone on to another statement meanwhile: then
//! the one that was planned stands under its plan. Whether a plan is a good one is not judged.

use super::{
    detail::{Detail, Item},
    effect::Effect,
    model::Model,
    notice::Notice,
    screen,
};
use crate::domain::{
    Node, Passage, Text,
    explain::{PlanAnswer, PlanWish},
};

/// The plan that was asked for last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What was asked.
    pub wish: PlanWish,
    /// The title of the details page that shows it.
    pub about: String,
    /// The name of the node that was asked.
    pub node: Text,
    /// What came of it; `None` while nobody has answered.
    pub plan: Option<Result<Passage, Text>>,
}

/// A statement as a screen shows it.
pub(super) struct Subject<'a> {
    /// The node that is to plan it.
    pub(super) node: &'a Node,
    /// The database in which it runs.
    pub(super) database: Option<&'a Text>,
    /// Its text.
    pub(super) statement: Option<&'a Passage>,
}

/// Asks for a statement's plan and opens its details; says why where nobody can be asked.
pub(super) fn ask(model: &mut Model, subject: Option<Subject<'_>>) -> Vec<Effect> {
    let wish = match wish(model, subject) {
        Ok(wish) => wish,
        Err(why) => {
            model.notices.tell(Notice::warning(why), model.now);
            return Vec::new();
        }
    };
    let effect = Effect::Explain(wish.wish.clone());
    model.explained = Some(wish);
    model.detail = model.detail.or(Some(0));
    vec![effect]
}

fn wish(model: &Model, subject: Option<Subject<'_>>) -> Result<Explained, &'static str> {
    let Subject { node, database, statement } = subject.ok_or("there is no statement to be explained")?;
    if model.replay.is_some() {
        return Err("a recording holds no server that could plan a statement");
    }
    let statement = statement.ok_or("this role may not see the statement: GRANT pg_read_all_stats helps")?;
    if statement.trim().is_empty() {
        return Err("there is no statement to be explained");
    }
    let database = database.ok_or("a process without a database runs no statement that could be explained")?;
    let number = model.explained.as_ref().map_or(1, |before| before.wish.number + 1);
    let wish = PlanWish { number, node: node.id.clone(), database: database.clone(), statement: statement.clone() };
    let about = screen::detail(model).map(|detail| detail.title).unwrap_or_default();
    Ok(Explained { wish, about, node: node.name.clone(), plan: None })
}

/// Takes in an answer; one to an earlier wish is too late.
pub(super) fn take(model: &mut Model, answer: PlanAnswer) {
    if let Some(explained) = &mut model.explained
        && explained.wish.number == answer.number
    {
        explained.plan = Some(answer.plan);
    }
}

/// Adds the plan to the details of the statement it was asked for.
pub(super) fn describe(model: &Model, statement: Option<&Passage>, detail: &mut Detail) {
    let Some(Explained { wish, about, node, plan }) = &model.explained else { return };
    if *about != detail.title {
        return;
    }
    detail.section(&format!("plan by {node} in database {}; the statement was not run", wish.database));
    match plan {
        Some(Ok(plan)) => detail.items.push(Item::Text(plan.to_string())),
        Some(Err(why)) => detail.maybe("no plan", Err(why.to_string())),
        None => detail.fact("plan", "asked for"),
    }
    if statement != Some(&wish.statement) {
        detail.section("the statement that was planned");
        detail.items.push(Item::Text(wish.statement.to_string()));
    }
}
