#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;
use crate::domain::{Effort, ModelName, ToolSelector};

fn tools() -> Vec<String> {
    ["get_note", "list_titles", "save_note"]
        .map(str::to_owned)
        .to_vec()
}

fn faults(toml: &str) -> Vec<String> {
    parse(toml, &tools(), &|_| None)
        .expect_err("the file has faults")
        .faults
}

fn agent(id: &str, more: &str) -> String {
    format!(
        "[[agents]]\nid = \"{id}\"\nname = \"N\"\ndescription = \"D\"\ninstructions = \"I\"\n{more}\n"
    )
}

#[test]
fn the_builtin_agents_are_the_concierge_and_the_archivist() {
    let agents = parse(Agents::builtin_toml(), &tools(), &|_| None).unwrap();
    let names: Vec<_> = agents
        .infos()
        .into_iter()
        .map(|info| (info.id.to_string(), info.name))
        .collect();
    let expected = [("concierge", "Concierge"), ("archivist", "Archivist")]
        .map(|(id, name)| (id.to_owned(), name.to_owned()));
    assert_eq!(names, expected);
    assert_eq!(agents.entry().name, "Concierge");
    assert_eq!(agents.entry().tools, Vec::<ToolSelector>::new());

    let archivist = agents.get(&"archivist".parse().unwrap()).unwrap();
    let names: Vec<_> = archivist.tools.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["save_note", "get_note", "list_titles"]);
    let offered: Vec<_> = agents
        .handoffs(archivist)
        .map(|(spec, _)| spec.name)
        .collect();
    assert_eq!(offered, ["handoff_to_concierge"]);
}

#[test]
fn handoff_tools_describe_their_target_and_take_no_arguments() {
    let agents = parse(Agents::builtin_toml(), &tools(), &|_| None).unwrap();
    let handoffs: Vec<_> = agents.handoffs(agents.entry()).collect();
    let [(spec, to)] = &handoffs[..] else {
        panic!("one handoff")
    };
    assert_eq!(to.as_str(), "archivist");
    assert_eq!(spec.name, "handoff_to_archivist");
    assert!(
        spec.description.contains("Keeps the user's notes"),
        "{}",
        spec.description
    );
    assert_eq!(
        spec.parameters,
        serde_json::json!({"type": "object", "properties": {}, "additionalProperties": false})
    );
}

/// Instructions must name exactly the tools and handoffs that are offered, since models act on
/// names.
#[test]
fn instructions_name_every_tool_offered_and_no_other() {
    let agents = parse(Agents::builtin_toml(), &tools(), &|_| None).unwrap();
    for agent in agents.iter() {
        let mut offered: Vec<_> = agents.handoffs(agent).map(|(spec, _)| spec.name).collect();
        offered.extend(agent.tools.iter().map(ToString::to_string));
        offered.sort();
        let mut named: Vec<_> = agent
            .instructions
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        named.sort();
        named.dedup();
        assert_eq!(named, offered, "{}", agent.id);
    }
}

#[test]
fn finds_each_fault() {
    let cases = [
        ("entry = \"a\"".to_owned(), "no agent"),
        (agent("a", ""), "`entry` is missing"),
        (
            format!("entry = \"b\"\n{}", agent("a", "")),
            "no such agent",
        ),
        (
            format!("entry = \"a\"\n{}{}", agent("a", ""), agent("a", "")),
            "another agent with this `id`",
        ),
        (
            format!("entry = \"a\"\n{}", agent("a", "tools = [\"delete_note\"]")),
            "no tool \"delete_note\"",
        ),
        (
            format!("entry = \"a\"\n{}", agent("a", "tools = [\"shop/*\"]")),
            "no MCP server \"shop\"",
        ),
        (
            format!("entry = \"a\"\n{}", agent("a", "tools = [\"page/\"]")),
            "a tool is written as",
        ),
        (
            format!("entry = \"a\"\n[mcp_servers.shop]\n{}", agent("a", "")),
            "neither `url` nor `command`",
        ),
        (
            format!(
                "entry = \"a\"\n{}",
                agent("a", "tools = [\"get_note\", \"get_note\"]")
            ),
            "listed twice",
        ),
        (
            format!("entry = \"a\"\n{}", agent("a", "handoffs = [\"a\"]")),
            "itself",
        ),
        (
            format!("entry = \"a\"\n{}", agent("a", "handoffs = [\"b\"]")),
            "no such agent",
        ),
        (
            format!("entry = \"a\"\n{}", agent("a", "temperature = 1")),
            "no field `temperature`",
        ),
        (
            format!("entry = \"a\"\n{}", agent("a", "model = \"a b\"")),
            "`model`: A model name",
        ),
        (
            format!("entry = \"a\"\n{}", agent("a", "effort = \"huge\"")),
            "`effort` must be one of: none, minimal, low, medium, high, xhigh, max.",
        ),
        (
            format!("entry = \"a\"\nmodel = \"x\"\n{}", agent("a", "")),
            "no field `model`",
        ),
        (
            format!("entry = \"a b\"\n{}", agent("a b", "")),
            "`id` must be",
        ),
        (
            format!("entry = \"a\"\n{}", agent(&"a".repeat(54), "")),
            "1 to 53",
        ),
        (
            "entry = \"a\"\n[[agents]]\nid = \"a\"".to_owned(),
            "`instructions` is missing",
        ),
        ("entry = [".to_owned(), "cannot be read"),
        ("agents = 3".to_owned(), "cannot be read"),
    ];
    for (toml, expected) in cases {
        let faults = faults(&toml);
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{expected}: {faults:?}"
        );
    }
}

#[test]
fn agents_can_set_model_and_effort() {
    let more = "model = \"gpt-6-luna\"\neffort = \"low\"";
    let toml = format!("entry = \"a\"\n{}", agent("a", more));
    let agents = parse(&toml, &tools(), &|_| None).unwrap();
    let model = agents.entry().model.as_ref().map(ModelName::as_str);
    assert_eq!(model, Some("gpt-6-luna"));
    assert_eq!(agents.entry().effort, Some(Effort::Low));
}

#[test]
fn agents_can_use_tools_of_servers_and_pages() {
    let toml = format!(
        "entry = \"a\"\n[mcp_servers.shop]\nurl = \"http://127.0.0.1:9/mcp\"\n{}",
        agent("a", "tools = [\"save_note\", \"shop/search\", \"page/*\"]")
    );
    let agents = parse(&toml, &tools(), &|_| None).unwrap();
    assert_eq!(agents.mcp_servers()[0].name, "shop");
    assert!(agents.entry().tools[1].selects("shop", "search"));
}

#[test]
fn lists_all_faults() {
    let more = "tools = [\"x\"]\nhandoffs = [\"a\", \"nobody\"]\ncolour = 1";
    let faults = faults(&format!(
        "entry = \"z\"\n{}{}",
        agent("a", more),
        agent("", "")
    ));
    assert_eq!(faults.len(), 6, "{faults:?}");
}

#[test]
fn a_field_of_another_type_hides_no_other_fault() {
    let found = faults(&format!(
        "entry = \"b\"\n[mcp_servers.shop]\n[[agents]]\nid = \"b\"\nname = 3\n{}",
        agent("a", "tools = [\"x\"]\nhandoffs = [\"b\"]"),
    ));
    for expected in [
        "Agent 1: invalid type",
        "Agent \"a\": there is no tool",
        "\"shop\"",
    ] {
        let is_found = found.iter().any(|fault| fault.contains(expected));
        assert!(is_found, "{expected}: {found:?}");
    }
    assert_eq!(found.len(), 3, "{found:?}");
}
