//! The interface, described for programs: `OpenAPI` 3.1, made of the very routes that are served and of the types of
//! their answers.

use schemars::{SchemaGenerator, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Map, Value, json};

use super::{
    answer::Refusal,
    routes::{Does, Form, Parameter, ROUTES, Route},
};
use crate::policy::join_lines;

/// All of it.
pub fn description() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .with_transform(RecursiveTransform(join_lines));
    let mut types = Types {
        asked: settings.clone().for_deserialize().into_generator(),
        answered: settings.for_serialize().into_generator(),
    };
    let mut paths = Map::new();
    for route in ROUTES {
        let verb = match route.does {
            Does::Look | Does::LookHere => "get",
            Does::Change => "post",
        };
        let described = operation(route, &mut types);
        paths.insert(route.path.to_owned(), json!({verb: described}));
    }
    let mut schemas = types.answered.take_definitions(true);
    schemas.extend(types.asked.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "enforcer",
            "version": "1",
            "description": "What the daemon answers at its control socket, /run/enforcer/control.sock, and to GET \
                            at the port of --listen. Keys, kinds of refusals and parameters may come; none goes.",
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "http://enforcer", "description": "over the control socket, whatever the name"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "over TCP, where --listen-token-file is given",
                },
            },
        },
    })
}

/// What may be left out differs between what is asked and what is answered.
struct Types {
    asked: SchemaGenerator,
    answered: SchemaGenerator,
}

fn operation(route: &Route, types: &mut Types) -> Value {
    let Types { asked, answered } = types;
    let Route {
        path,
        does,
        summary,
        parameters,
        body,
        answers,
        ..
    } = route;
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut told = json!({"operationId": name, "summary": summary});
    let mut say = |key: &str, value: Value| {
        if let Some(told) = told.as_object_mut() {
            told.insert(key.to_owned(), value);
        }
    };
    if *does == Does::Look {
        say("security", json!([{}, {"token": []}]));
    }
    if !parameters.is_empty() {
        let parameters = parameters.iter().map(|it| parameter(it, asked));
        say("parameters", parameters.collect());
    }
    if let Some(schema) = body {
        let content = json!({"application/json": {"schema": schema(asked)}});
        say(
            "requestBody",
            json!({"required": false, "content": content}),
        );
    }
    let content: Map<_, _> = answers
        .iter()
        .map(|Form { media, schema }| ((*media).to_owned(), json!({"schema": schema(answered)})))
        .collect();
    let refusal = answered.subschema_for::<Refusal>();
    let responses = json!({
        "200": {"description": summary, "content": content},
        "default": {
            "description": "it is refused, and nothing has changed",
            "content": {"application/json": {"schema": refusal}},
        },
    });
    say("responses", responses);
    told
}

fn parameter(parameter: &Parameter, generator: &mut SchemaGenerator) -> Value {
    let Parameter {
        name,
        says,
        schema,
        is_list,
        is_required,
    } = parameter;
    let one = schema(generator);
    let schema = if *is_list {
        json!({"type": "array", "items": one})
    } else {
        json!(one)
    };
    json!({"name": name, "in": "query", "description": says, "required": is_required, "schema": schema})
}
