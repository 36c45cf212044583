//! `/u/{token}`: GET shows a page with a button and changes nothing, POST unsubscribes at once (RFC 8058). Whatever is wrong with a token,
//! the answer is the same.
use super::read;
use crate::app::App;
use crate::db::failure::without_data;
use crate::inbound::unsubscribe;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use std::time::Duration;

/// What a mail client and the page's button send.
const ONE_CLICK: &[u8] = b"List-Unsubscribe=One-Click";
const LARGEST_FORM: usize = 4 * 1024;

/// No cookie, no script, no trace of the link elsewhere.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

pub(super) async fn show(State((app, _)): State<(App, Duration)>, Path(token): Path<String>) -> Response {
    match unsubscribe::offered(&app, &token).await {
        Ok(Some(offered)) => {
            let sender = escaped(&offered.sender_name);
            let form = format!(
                "<p>No more e-mail from {sender}?</p>\n<form method=\"post\">\
                 <input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\">\
                 <button>Unsubscribe</button></form>"
            );
            page(StatusCode::OK, &form)
        }
        Ok(None) => not_found(),
        Err(error) => not_now(&error),
    }
}

pub(super) async fn act(
    State((app, longest)): State<(App, Duration)>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let is_one_click = match read(request.into_body(), LARGEST_FORM, longest).await {
        Ok(body) => says_one_click(&content_type, &body),
        Err(why) => return page(why.status(), "<p>This was not understood.</p>"),
    };
    if !is_one_click {
        return page(StatusCode::BAD_REQUEST, "<p>This was not understood.</p>");
    }
    match unsubscribe::by_link(&app, &token).await {
        Ok(true) => page(StatusCode::OK, "<p>You are unsubscribed.</p>"),
        Ok(false) => not_found(),
        Err(error) => not_now(&error),
    }
}

/// RFC 8058, 3.2: as a form of either kind, with this one field.
fn says_one_click(content_type: &str, body: &[u8]) -> bool {
    let mut parameters = content_type.split(';').map(str::trim);
    if !parameters
        .next()
        .unwrap_or_default()
        .eq_ignore_ascii_case("multipart/form-data")
    {
        return body == ONE_CLICK;
    }
    let boundary = parameters
        .find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.eq_ignore_ascii_case("boundary").then_some(value)
        })
        .map(|boundary| boundary.trim_matches('"'));
    let (Some(boundary), Ok(body)) = (boundary, std::str::from_utf8(body)) else {
        return false;
    };
    let line = format!("--{boundary}");
    let mut parts = body.split(line.as_str());
    let (Some(""), Some(field), Some(end), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let Some((head, value)) = field.split_once("\r\n\r\n") else {
        return false;
    };
    head.contains("name=\"List-Unsubscribe\"") && value == "One-Click\r\n" && end.trim_end() == "--"
}

fn page(status: StatusCode, body: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Unsubscribe</title>\n{body}\n</html>\n"
    );
    (status, HEADERS, Html(html)).into_response()
}

fn not_found() -> Response {
    page(StatusCode::NOT_FOUND, "<p>There is no such page.</p>")
}

fn not_now(error: &anyhow::Error) -> Response {
    tracing::error!(
        error = without_data(error),
        "an unsubscribe link can't be answered"
    );
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "<p>This does not work at the moment. Please try again.</p>",
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_click_is_understood_as_a_form_of_either_kind_and_nothing_else_is() {
        let form = "application/x-www-form-urlencoded";
        assert!(says_one_click(form, ONE_CLICK));
        assert!(says_one_click("", ONE_CLICK));
        for body in [
            "",
            "List-Unsubscribe=one-click",
            "List-Unsubscribe=One-Click&more=1",
        ] {
            assert!(!says_one_click(form, body.as_bytes()), "{body}");
        }
        let multi = "Multipart/Form-Data; boundary=\"x1\"";
        let field = |name: &str, value: &str| {
            format!("--x1\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--x1--\r\n")
        };
        assert!(says_one_click(
            multi,
            field("List-Unsubscribe", "One-Click").as_bytes()
        ));
        assert!(!says_one_click(
            multi,
            field("List-Unsubscribe", "Never").as_bytes()
        ));
        assert!(!says_one_click(multi, field("Another", "One-Click").as_bytes()));
        assert!(!says_one_click(
            "multipart/form-data",
            field("List-Unsubscribe", "One-Click").as_bytes()
        ));
        assert!(!says_one_click(multi, ONE_CLICK));
    }
}
