//! `green-api partner`.

use green_api::Partner;
use green_api::operations::CREATE_INSTANCE;
use green_api::types::{CreateInstanceRequest, CreateInstanceResponse, PartnerInstance};

use super::plan::{Plan, by_name, done, read, typed};
use super::settings::values;
use crate::args::PartnerCommand;
use crate::failure::Failure;
use crate::text::{one_line, table};

pub(crate) fn plan(command: PartnerCommand) -> Result<Plan<Partner>, Failure> {
    Ok(match command {
        PartnerCommand::Instances { all, limit } => Plan::one(
            typed(Partner::get_instances, move |instances| {
                list(instances, all)
            }),
            limit,
        ),
        PartnerCommand::Create {
            name,
            settings,
            confirmed,
        } => {
            let mut arguments = values::<CreateInstanceRequest>(&settings)?;
            arguments["name"] = name.into();
            Plan::confirmed(
                by_name(CREATE_INSTANCE.id, arguments, |answer| {
                    created(read(answer)?)
                }),
                confirmed,
                "this creates an instance, which costs money",
            )
        }
        PartnerCommand::Delete { id, confirmed } => Plan::confirmed(
            done(
                move |partner: &Partner| partner.delete_instance_account(id.get()),
                "Deleted",
            ),
            confirmed,
            format!("this permanently deletes the instance {id}"),
        ),
    })
}

/// Lists id, name, tariff and expiry, without the tokens.
fn list(instances: Vec<PartnerInstance>, all: bool) -> Option<String> {
    let row = |instance: &PartnerInstance| {
        let text = |value: &Option<String>| value.as_deref().map(one_line).unwrap_or_default();
        let state = match (instance.deleted, instance.is_expired) {
            (Some(true), _) => "deleted".to_owned(),
            (_, Some(true)) => "expired".to_owned(),
            _ => instance
                .expiration_date
                .as_deref()
                .map(|date| format!("until {}", one_line(date)))
                .unwrap_or_default(),
        };
        [
            instance.id_instance.to_string(),
            text(&instance.name),
            text(&instance.tariff),
            state,
        ]
    };
    let listed = instances
        .iter()
        .filter(|instance| all || instance.deleted != Some(true));
    Some(table(&listed.map(row).collect::<Vec<_>>()))
}

/// Shows the token as well: apart from here, only the console shows it.
fn created(instance: CreateInstanceResponse) -> Option<String> {
    Some(format!(
        "idInstance: {}\napiTokenInstance: {}",
        instance.id_instance?,
        instance.api_token_instance?.expose()
    ))
}
