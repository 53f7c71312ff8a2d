//! What a script can be told: its `params()`, with what somebody said instead.

use rhai::{Array, Dynamic, Map};
use toml::{Table, Value};

use super::error::{At, ScriptError};
use crate::catalog::did_you_mean;

/// `defaults` with the values of `given`.
///
/// # Errors
/// The first parameter that there is not, or that is of another kind.
pub(super) fn told(at: &At, mut defaults: Map, given: &Table) -> Result<Map, ScriptError> {
    for (name, value) in given {
        let Some(place) = defaults.get_mut(name.as_str()) else {
            return Err(unknown(at, &defaults, name));
        };
        let Some(said) = like(place, value) else {
            return Err(ScriptError::WrongParameter {
                at: at.clone(),
                parameter: name.clone(),
                given: value.to_string(),
                expected: kind(place).unwrap_or("settable"),
            });
        };
        *place = said;
    }
    Ok(defaults)
}

/// What kind of parameter a value is; `None` if it can be none.
pub(super) fn kind(value: &Dynamic) -> Option<&'static str> {
    match value {
        value if value.is_int() => Some("an integer such as 3"),
        value if value.is_float() => Some("a number such as 0.5"),
        value if value.is_bool() => Some("true or false"),
        value if value.is_string() => Some("text such as \"name\""),
        value if is_list(value) => Some("a list of texts such as [\"name\"]"),
        _ => None,
    }
}

/// `value` for a script, if it is of the same kind as `default`.
fn like(default: &Dynamic, value: &Value) -> Option<Dynamic> {
    match value {
        Value::Integer(number) if default.is_int() => Some(Dynamic::from(*number)),
        Value::Integer(number) if default.is_float() => Some(Dynamic::from(*number as f64)),
        Value::Float(number) if default.is_float() => Some(Dynamic::from(*number)),
        Value::Boolean(truth) if default.is_bool() => Some(Dynamic::from(*truth)),
        Value::String(text) if default.is_string() => Some(Dynamic::from(text.clone())),
        Value::Array(texts) if is_list(default) => {
            let texts = texts.iter().map(|text| Some(Dynamic::from(text.as_str()?.to_owned())));
            texts.collect::<Option<Array>>().map(Dynamic::from)
        }
        Value::Array(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Float(_)
        | Value::Integer(_)
        | Value::String(_)
        | Value::Table(_) => None,
    }
}

/// Whether it is an array, all of texts.
fn is_list(value: &Dynamic) -> bool {
    let texts = value.read_lock::<Array>();
    texts.is_some_and(|texts| texts.iter().all(Dynamic::is_string))
}

/// All of `params`, in order of name, as TOML.
pub(super) fn written(params: &Map) -> Vec<(String, Value)> {
    params.iter().filter_map(|(name, value)| Some((name.to_string(), toml(value)?))).collect()
}

fn toml(value: &Dynamic) -> Option<Value> {
    if let Some(texts) = value.read_lock::<Array>() {
        return texts.iter().map(toml).collect::<Option<Vec<_>>>().map(Value::Array);
    }
    let number = value.as_int().map(Value::Integer);
    number
        .or_else(|_| value.as_float().map(Value::Float))
        .or_else(|_| value.as_bool().map(Value::Boolean))
        .or_else(|_| value.clone().into_string().map(Value::String))
        .ok()
}

fn unknown(at: &At, defaults: &Map, name: &str) -> ScriptError {
    let known: Vec<_> = defaults.keys().map(AsRef::as_ref).collect();
    ScriptError::UnknownParameter {
        at: at.clone(),
        parameter: name.to_owned(),
        did_you_mean: did_you_mean(name, &known).map(ToOwned::to_owned),
        known: known.iter().map(|name| (*name).to_owned()).collect(),
    }
}
