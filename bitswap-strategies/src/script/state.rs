//! What a script may keep in `this`.

use rhai::Dynamic;

use super::table::Table;

/// Bytes, counted roughly: eight for each value, and the text. Tables have room of their own.
const MOST: usize = 64 * 1024;

/// Bytes of all tables together.
const TABLES: usize = 1024 * 1024;

/// Arrays and maps within each other, `this` itself included.
const DEEPEST: usize = 4;

/// What may still be kept.
struct Room {
    plain: usize,
    /// `None` where no table may be.
    tables: Option<usize>,
}

/// Whether `state` is a map of plain values that is neither too large nor too deep. Returns how
/// many values it has, those of tables aside: what a copy of it costs.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(state: &Dynamic) -> Result<u64, String> {
    if !state.is_map() {
        return Err(format!("`this` is not a map but of type {}", state.type_name()));
    }
    let mut room = Room { plain: MOST, tables: Some(TABLES) };
    weigh(state, DEEPEST, &mut room)?;
    Ok(((MOST - room.plain) / 8) as u64)
}

/// What a value of a table weighs, which may be as deep as one of `this`.
///
/// # Errors
/// It is too large or too deep, or no plain value.
pub(super) fn weight(value: &Dynamic) -> Result<usize, String> {
    let mut room = Room { plain: MOST, tables: None };
    weigh(value, DEEPEST - 1, &mut room)?;
    Ok(MOST - room.plain)
}

fn weigh(value: &Dynamic, depth: usize, room: &mut Room) -> Result<(), String> {
    spend(&mut room.plain, 8, MOST)?;
    if value.is_unit() || value.is_int() || value.is_float() || value.is_bool() || value.is_char() {
        return Ok(());
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        return spend(&mut room.plain, text.len(), MOST);
    }
    if let Some(table) = value.read_lock::<Table>() {
        // Its values were looked at when they were set.
        let Some(left) = &mut room.tables else {
            return Err("a table holds a table; keep numbers, text, arrays and maps".to_owned());
        };
        return spend(left, table.weight(), TABLES);
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Err(format!("`this` is more than {DEEPEST} maps and arrays deep"));
    };
    if let Ok(array) = value.as_array_ref() {
        return array.iter().try_for_each(|value| weigh(value, depth, room));
    }
    if let Ok(map) = value.as_map_ref() {
        return map.iter().try_for_each(|(key, value)| {
            spend(&mut room.plain, key.len(), MOST)?;
            weigh(value, depth, room)
        });
    }
    Err(format!(
        "`this` holds a value of type {}; keep numbers, text, arrays, maps and tables",
        value.type_name()
    ))
}

fn spend(left: &mut usize, bytes: usize, most: usize) -> Result<(), String> {
    *left = left
        .checked_sub(bytes)
        .ok_or_else(|| format!("`this` is larger than {most} bytes; forget what is old"))?;
    Ok(())
}
