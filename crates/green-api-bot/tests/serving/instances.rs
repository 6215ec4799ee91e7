//! Instances that come and go, and some that are broken.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use green_api::{Credentials, Instance, InstanceId};
use green_api_bot::{BotEvent, BoxError, Instances, Store};
use green_api_sandbox::{Fault, Sandbox};
use tokio::sync::oneshot;

use super::{TOKEN, Tested, ask, client, echo, instance, phone, post_to, sandbox};

#[tokio::test]
async fn instances_come_and_go_and_a_broken_one_disturbs_none() -> Tested {
    const ALL: u64 = 12;
    let sandbox = sandbox(ALL).await?;
    let client = client()?;
    let instances = Instances::new();
    // Two with a token that is wrong.
    for number in 0..2_u64 {
        let id = InstanceId::try_from(7_103_000_001 + number as i64)?;
        instances.add(client.instance(Credentials::new(&sandbox.url(), &id.to_string(), TOKEN)?));
    }
    for number in 2..8 {
        instances.add(instance(&client, &sandbox, number)?);
    }
    let broken = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&broken);
    let bot = echo(Store::in_memory().await?)
        .instances(&instances)
        .on_event(move |event| match event {
            BotEvent::Broken { instance, .. } => told.lock().unwrap().push((instance.get(), true)),
            BotEvent::Mended { instance } => told.lock().unwrap().push((instance.get(), false)),
            _ => {}
        });
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(bot.run_until(async { drop(stopped.await) }));
    for number in 2..8 {
        ask(&sandbox, number, "hello").await?;
    }
    // Four come, three go.
    for number in 8..12 {
        instances.add(instance(&client, &sandbox, number)?);
    }
    for number in 2..5_i64 {
        instances.remove(InstanceId::try_from(7_103_000_001 + number)?);
    }
    for number in 5..12 {
        ask(&sandbox, number, "hello again").await?;
    }
    let gone = sandbox.phone("+44 7700 900145");
    gone.send_text(&phone(2), "anybody there?");
    // One of the broken is mended by its right token.
    instances.add(instance(&client, &sandbox, 1)?);
    ask(&sandbox, 1, "hello").await?;
    assert_eq!(
        gone.messages(&phone(2)).len(),
        3,
        "a removed one answers no more"
    );
    drop(stop);
    running.await??;
    let mut told = broken.lock().unwrap().clone();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            (7_103_000_001, true),
            (7_103_000_002, false),
            (7_103_000_002, true)
        ]
    );
    Ok(())
}

/// A bot whose instance answers sends with this status once, and polls no more. Returns what is told in twenty seconds, and until polls succeed again.
async fn polls_alone_fail(
    sending: u16,
    fail: impl AsyncFnOnce(&Sandbox, &Instance) -> Tested,
    mend: impl AsyncFnOnce(&Sandbox, &Instance) -> Tested,
) -> Result<[Vec<&'static str>; 2], BoxError> {
    let sandbox = sandbox(1).await?;
    let instance = instance(&client()?, &sandbox, 0)?;
    let instances = Instances::from_iter([instance.clone()]);
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let store = Store::in_memory().await?;
    let bot = echo(store.clone())
        .instances(&instances)
        .on_event(move |event| {
            telling.lock().unwrap().push(match event {
                BotEvent::Broken { .. } => "broken",
                BotEvent::Mended { .. } => "mended",
                _ => return,
            });
        });
    let running = tokio::spawn(bot.run_until(std::future::pending()));
    ask(&sandbox, 0, "hello").await?;
    let fault = Fault::on("sendMessage").instance(instance.id().get().cast_unsigned());
    // With 466 it is the quota of the method: that of chats would hold up one chat alone.
    let quota = r#"{"invokeStatus":{"method":"sendmessage","status":"QUOTE_EXCEEDED","used":10,"total":10}}"#;
    let fault = fault.status(sending).body(quota);
    sandbox.faults().add(fault.times(1));
    let customer = sandbox.phone("+44 7700 900145");
    customer.send_text(&phone(0), "hello again");
    let begun = Instant::now();
    while store.outbox().stats().await?.held == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    fail(&sandbox, &instance).await?;
    // The poll that waits already is answered.
    customer.send_text(&phone(0), "hello once more");
    while told.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_secs(20)).await;
    let before = told.lock().unwrap().clone();
    let is_held = async || -> Result<bool, BoxError> { Ok(store.outbox().stats().await?.held > 0) };
    // A token that works is found by the outbox itself after half a minute.
    assert!(sending != 466 || is_held().await?);
    mend(&sandbox, &instance).await?;
    // So that it is tried at once.
    instances.add(instance);
    let begun = Instant::now();
    while told.lock().unwrap().len() == before.len() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(is_held().await?, sending == 466, "{sending}");
    running.abort();
    let after = told.lock().unwrap().clone();
    Ok([before, after])
}

#[tokio::test]
async fn an_instance_with_a_webhook_url_is_broken_until_it_can_be_polled() -> Tested {
    let told = polls_alone_fail(
        466,
        async |_, instance| post_to(instance, "127.0.0.1:9".parse()?).await,
        async |_, instance| {
            instance.set_settings().webhook_url("").await?;
            Ok(())
        },
    );
    assert_eq!(told.await?, [vec!["broken"], vec!["broken", "mended"]]);
    Ok(())
}

#[tokio::test]
async fn an_instance_that_may_not_be_polled_is_broken_until_it_may() -> Tested {
    let told = polls_alone_fail(
        401,
        async |sandbox, _| {
            let fault = Fault::on("receiveNotification").status(401);
            sandbox.faults().add(fault);
            Ok(())
        },
        async |sandbox, _| {
            sandbox.faults().clear();
            Ok(())
        },
    );
    assert_eq!(told.await?, [vec!["broken"], vec!["broken", "mended"]]);
    Ok(())
}

/// Its task has ended before anybody has seen that there is another one under its number.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_is_removed_and_added_is_served() -> Tested {
    let sandbox = sandbox(1).await?;
    let client = client()?;
    let instances = Instances::new();
    let right = instance(&client, &sandbox, 0)?;
    let id = right.id();
    instances.add(client.instance(Credentials::new(&sandbox.url(), &id.to_string(), TOKEN)?));
    let is_broken = Arc::new(AtomicBool::new(false));
    let (told, replaced, set) = (
        Arc::clone(&is_broken),
        AtomicBool::new(false),
        instances.clone(),
    );
    let bot = echo(Store::in_memory().await?)
        .instances(&instances)
        .instances_from(Duration::from_millis(100), move || {
            if is_broken.load(Ordering::Relaxed) && !replaced.swap(true, Ordering::Relaxed) {
                set.remove(id);
                // The bot's own task is kept from looking meanwhile, and the instance's ends.
                tokio::task::block_in_place(|| std::thread::sleep(Duration::from_millis(500)));
                set.add(right.clone());
            }
            async { Err("they stay as they are".into()) }
        })
        .on_event(move |event| {
            told.fetch_or(matches!(event, BotEvent::Broken { .. }), Ordering::Relaxed);
        });
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(bot.run_until(async { drop(stopped.await) }));
    ask(&sandbox, 0, "hello").await?;
    drop(stop);
    running.await??;
    Ok(())
}

#[tokio::test]
async fn a_callback_says_which_instances_there_are() -> Tested {
    let sandbox = Arc::new(sandbox(3).await?);
    let (client, present) = (client()?, Arc::new(Mutex::new(vec![0_usize, 1])));
    let (asked, from) = (Arc::clone(&present), Arc::clone(&sandbox));
    let bot =
        echo(Store::in_memory().await?).instances_from(Duration::from_millis(100), move || {
            let present = asked.lock().unwrap().clone();
            let instances: Result<Vec<_>, _> = present
                .iter()
                .map(|number| instance(&client, &from, *number))
                .collect();
            async { instances }
        });
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(bot.run_until(async { drop(stopped.await) }));
    ask(&sandbox, 0, "hello").await?;
    ask(&sandbox, 1, "hello").await?;
    *present.lock().unwrap() = vec![1, 2];
    ask(&sandbox, 2, "hello").await?;
    ask(&sandbox, 1, "hello").await?;
    sandbox
        .phone("+44 7700 900145")
        .send_text(&phone(0), "still there?");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(
        sandbox.phone("+44 7700 900145").messages(&phone(0)).len(),
        3
    );
    drop(stop);
    running.await??;
    Ok(())
}
