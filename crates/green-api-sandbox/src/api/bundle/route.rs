//! Path templates, which may have literal text and a parameter in one segment: `/waInstance{idInstance}/qr/{apiTokenInstance}`.

/// A parsed path template.
pub(crate) struct Template(Vec<Segment>);

enum Segment {
    Literal(String),
    Parameter { prefix: String, name: String },
}

impl Template {
    pub(crate) fn parse(path: &str) -> Self {
        let segments = path.trim_start_matches('/').split('/');
        let parse = |segment: &str| match segment.split_once('{') {
            Some((prefix, name)) => Segment::Parameter {
                prefix: prefix.to_owned(),
                name: name.trim_end_matches('}').to_owned(),
            },
            None => Segment::Literal(segment.to_owned()),
        };
        Self(segments.map(parse).collect())
    }

    /// Returns the parameters of a path, in order; `None` if the path does not fit.
    ///
    /// Letter case does not matter in what is literal, because the documentation itself writes operations both ways.
    pub(crate) fn matches<'p>(&self, path: &'p str) -> Option<Vec<(&str, &'p str)>> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        if segments.len() != self.0.len() {
            return None;
        }
        let mut parameters = Vec::new();
        for (expected, segment) in self.0.iter().zip(segments) {
            match expected {
                Segment::Literal(text) if text.eq_ignore_ascii_case(segment) => {}
                Segment::Literal(_) => return None,
                Segment::Parameter { prefix, name } => {
                    let (start, value) = segment.split_at_checked(prefix.len())?;
                    if value.is_empty() || !start.eq_ignore_ascii_case(prefix) {
                        return None;
                    }
                    parameters.push((name.as_str(), value));
                }
            }
        }
        Some(parameters)
    }
}
