//! What a script may keep in `this`.

use rhai::Dynamic;

/// Bytes, counted roughly: eight for each value, and the text.
const MOST: usize = 64 * 1024;

/// Arrays and maps within each other, `this` itself included.
const DEEPEST: usize = 4;

/// Whether `state` is a map of plain values that is neither too large nor too deep.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(state: &Dynamic) -> Result<(), String> {
    if !state.is_map() {
        return Err(format!("`this` is not a map but of type {}", state.type_name()));
    }
    let mut left = MOST;
    weigh(state, DEEPEST, &mut left)
}

fn weigh(value: &Dynamic, depth: usize, left: &mut usize) -> Result<(), String> {
    spend(left, 8)?;
    if value.is_unit() || value.is_int() || value.is_float() || value.is_bool() || value.is_char() {
        return Ok(());
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        return spend(left, text.len());
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Err(format!("`this` is more than {DEEPEST} maps and arrays deep"));
    };
    if let Ok(array) = value.as_array_ref() {
        return array.iter().try_for_each(|value| weigh(value, depth, left));
    }
    if let Ok(map) = value.as_map_ref() {
        return map.iter().try_for_each(|(key, value)| {
            spend(left, key.len())?;
            weigh(value, depth, left)
        });
    }
    Err(format!(
        "`this` holds a value of type {}; keep numbers, text, arrays and maps",
        value.type_name()
    ))
}

fn spend(left: &mut usize, bytes: usize) -> Result<(), String> {
    *left = left
        .checked_sub(bytes)
        .ok_or_else(|| format!("`this` is larger than {MOST} bytes; forget what is old"))?;
    Ok(())
}
