//! `bitswap daemon`: a node that stays.

use std::net::SocketAddr;
use std::sync::Arc;

use bitswap_api::ApiPort;
use bitswap_service::config::{
    Config, FilterSettings, LoadedConfig, LogSettings, MetricAccess, Sources,
};
use bitswap_service::error::{CliError, Exit};
use bitswap_service::home::TokenKind;
use bitswap_service::http::{Port, ProvidersPort, Readers};
use bitswap_service::node::{HostedLists, NodeConfig, Swapped};
use bitswap_service::plural::counted;
use bitswap_service::process;
use bitswap_service::scripts::Saves;
use serde_json::json;
use tokio::time::MissedTickBehavior;

use super::output::{self, Output};
use super::record::RecordArgs;
use crate::access::{NodeSelector, StrategyArgs};
use crate::cli::errors;
use crate::daemon::Daemon;
use crate::stop::{Hangup, Stop};
use crate::supervisor::{self, News, Watchdog};

/// Runs a node on the directory's store until it is told to stop.
///
/// Other commands find it by themselves. SIGTERM ends it cleanly within five seconds, with exit
/// code 0, as supervisors expect; Ctrl-C does too, with 130; a second signal ends it at once.
/// SIGHUP reads the settings again and replaces the strategies, scripts, rates of limits and rules
/// about blocks and peers that changed; with any fault in them, all stays as it is. A script in use
/// that was saved is read again by itself, unless scripts.watch is false, and so are lists of
/// rules.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap daemon
  bitswap daemon --listen /ip4/127.0.0.1/tcp/4011 --metrics-port 9100
  bitswap daemon --profile server --peer /ip4/192.0.2.1/tcp/4001/p2p/12D3Koo…
  bitswap daemon --record run.bitswap    then  bitswap-sim replay run.bitswap")]
pub(super) struct Args {
    /// What the node is for; see  bitswap config schema
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Where to take connections; can be given more than once
    #[arg(long, value_name = "MULTIADDR")]
    listen: Vec<String>,

    /// Whom to stay connected to; can be given more than once
    #[arg(long, value_name = "MULTIADDR")]
    peer: Vec<String>,

    #[command(flatten)]
    strategies: StrategyArgs,

    /// Port of the metrics; 0 = any that is free
    #[arg(long, value_name = "PORT")]
    metrics_port: Option<u16>,

    /// How lines of the log look: text or json
    #[arg(long, hide_short_help = true, value_name = "FORMAT")]
    log_format: Option<String>,

    #[command(flatten)]
    record: RecordArgs,
}

impl Args {
    /// The configuration, with what the command line says of it.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn load_config(&self, selector: &NodeSelector) -> Result<LoadedConfig, CliError> {
        if selector.offline || selector.standalone {
            return Err(errors::daemon_of_others(selector.offline));
        }
        Ok(LoadedConfig::without_errors(&self.sources(selector)?)?)
    }

    /// How to log, also where other settings are wrong.
    pub(super) fn log_settings(&self, selector: &NodeSelector) -> Option<LogSettings> {
        let sources = self.sources(selector).ok()?;
        Some(LoadedConfig::of(&sources).config.log)
    }

    fn sources(&self, selector: &NodeSelector) -> Result<Sources, CliError> {
        let mut sources = selector.sources()?;
        if let Some(profile) = &self.profile {
            sources = sources.with_flag("node.profile", profile);
        }
        if let Some(format) = &self.log_format {
            sources = sources.with_flag("log.format", format);
        }
        if !self.listen.is_empty() {
            sources = sources.with_flag("network.listen", &self.listen.join(","));
        }
        if !self.peer.is_empty() {
            sources = sources.with_flag("network.peers", &self.peer.join(","));
        }
        Ok(sources)
    }

    pub(super) async fn run(
        self,
        loaded: LoadedConfig,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        for warning in &loaded.warnings {
            output.progress(&warning.shown("warning"));
        }
        let hangup = Hangup::listen().map_err(|why| CliError::internal(&why))?;
        let daemon = stop.unless(self.start(&loaded, selector, output)).await?;
        tell(&daemon, selector, output)?;
        supervisor::tell(News::Ready);
        let heard = (&mut stop, hangup);
        let exit = self.serve(&daemon, &loaded.config, selector, output, heard).await;
        output.progress("stopping");
        supervisor::tell(News::Stopping);
        tokio::select! {
            ended = daemon.end() => ended?,
            exit = stop.requested() => return Ok(exit),
        }
        Ok(if exit == Exit::Terminated { Exit::Ok } else { exit })
    }

    /// Does what signals, saved scripts and the supervisor ask for, until it is told to stop.
    async fn serve(
        &self,
        daemon: &Daemon,
        running: &Config,
        selector: &NodeSelector,
        output: Output,
        (stop, mut hangup): (&mut Stop, Hangup),
    ) -> Exit {
        let mut watchdog = Watchdog::new();
        let mut filter = running.filter.clone();
        let (mut saves, mut saved_lists) = (Saves::default(), Saves::and_gone());
        let mut beat = tokio::time::interval(Saves::EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                exit = stop.requested() => return exit,
                () = hangup.requested() => {
                    supervisor::tell(News::Reloading);
                    let reloaded = self.reload(daemon, running, selector, output).await;
                    filter = reloaded.unwrap_or(filter);
                    supervisor::tell(News::Ready);
                }
                () = watchdog.due() => tell_of_life(daemon).await,
                _ = beat.tick() => {
                    if running.scripts.watch {
                        for outcome in daemon.node().reload_saved(&mut saves).await {
                            tell_outcome(outcome, output);
                        }
                    }
                    if !saved_lists.look(daemon.node().filters().files()).is_empty() {
                        refilter(daemon, &filter, selector, output).await;
                    }
                }
            }
        }
    }

    /// Reads settings and scripts again, and puts the strategies that they name in charge; with any
    /// fault in them, all stays as it is. Returns the settings of the rules that are read now.
    async fn reload(
        &self,
        daemon: &Daemon,
        running: &Config,
        selector: &NodeSelector,
        output: Output,
    ) -> Option<FilterSettings> {
        let read = self.load_config(selector).and_then(|loaded| {
            let choice = self.strategies.choose_over(loaded.config.strategy.clone())?;
            Ok((choice, loaded.config))
        });
        let (choice, config) = match read {
            Ok((choice, config)) => (Ok(choice), Some(config)),
            Err(why) => (Err(why), None),
        };
        if !tell_outcome(daemon.node().reload(choice).await, output) {
            return None;
        }
        let config = config?;
        match daemon.node().limit(config.rates()).await {
            Ok(true) => output.progress(&format!("read again: {}", config.live().join(", "))),
            Ok(false) => {}
            Err(why) => output::complaint(&why),
        }
        refilter(daemon, &config.filter, selector, output).await;
        let others = running.differing(&config);
        if !others.is_empty() {
            let others = others.join(", ");
            output
                .progress(&format!("changed as well, and in force from the next start: {others}"));
        }
        Some(config.filter)
    }

    async fn start(
        &self,
        loaded: &LoadedConfig,
        selector: &NodeSelector,
        output: Output,
    ) -> Result<Daemon, CliError> {
        let config = &loaded.config;
        let home = selector.home()?;
        let lock = Daemon::lock(&home)?;
        process::raise_file_limit();
        let choice = self.strategies.choose_over(config.strategy.clone())?;
        HostedLists::of(config, home.folder()).renew().await;
        let mut node = NodeConfig::told(config, home.folder(), &choice)?;
        node.listen = config.network.listen.clone();
        node.listen_elsewhere = !loaded.says("network.listen");
        node.port = self.port(config, loaded.says("metrics.listen"), output).await?;
        node.record = self.record.record()?;
        let readers = match config.metrics.access {
            MetricAccess::Local => Readers::Local,
            MetricAccess::Token => Readers::Token(Arc::new(home.token(TokenKind::Metrics)?)),
            MetricAccess::Anybody => Readers::Anybody,
        };
        node.port = node.port.map(|port| port.for_readers(readers));
        if let Some(address) = config.routing.serve {
            node.providers_port = Some(ProvidersPort::at(address).await?);
        }
        node.script_dir = home.folder().join(&config.scripts.dir);
        let port = api_port(loaded, output).await?;
        let daemon = Daemon::start((&home, lock), config, node, port).await?;
        for missed in daemon.node().missed() {
            output.progress(&format!("{missed}; another was taken where there is one"));
        }
        Ok(daemon)
    }

    /// Where the metrics will be. A port that nobody chose is not worth not starting.
    async fn port(
        &self,
        config: &Config,
        said: bool,
        output: Output,
    ) -> Result<Option<Port>, CliError> {
        if let Some(port) = self.metrics_port {
            return Port::take(port).await.map(Some);
        }
        let Some(address) = config.metrics.listen else { return Ok(None) };
        match Port::at(address).await {
            Err(why) if !said => {
                output.progress(&format!("{}: metrics are on another", why.what));
                let any = SocketAddr::new(address.ip(), 0);
                Port::at(any).await.map(Some)
            }
            taken => taken.map(Some),
        }
    }
}

/// A daemon whose engine does not answer says nothing, and its supervisor starts it again.
async fn tell_of_life(daemon: &Daemon) {
    if daemon.node().answers().await {
        supervisor::tell(News::Alive);
    }
}

/// Where the API will answer over TCP. An address that nobody chose is not worth not starting.
async fn api_port(loaded: &LoadedConfig, output: Output) -> Result<Option<ApiPort>, CliError> {
    let Some(address) = loaded.config.api.listen else { return Ok(None) };
    match ApiPort::at(address).await {
        Err(why) if !loaded.says("api.listen") => {
            output.progress(&format!("{}: it is on another port", why.what));
            ApiPort::at(SocketAddr::new(address.ip(), 0)).await.map(Some)
        }
        taken => taken.map(Some),
    }
}

/// Reads the rules about blocks and peers again, and tells what came of that.
async fn refilter(
    daemon: &Daemon,
    settings: &FilterSettings,
    selector: &NodeSelector,
    output: Output,
) {
    let read = match selector.home() {
        Ok(home) => daemon.node().refilter(settings, home.folder()).await,
        Err(why) => Err(why),
    };
    match read {
        Ok(None) => {}
        Ok(Some(lists)) => {
            let [blocks, peers, skipped] = lists.counts();
            let rules = format!("{} about blocks, {peers} about peers", counted(blocks, "rule"));
            let skipped = counted(skipped, "line");
            output.progress(&format!("read again: {rules}, {skipped} not in force"));
        }
        Err(why) => {
            output::complaint(&why);
            output.progress("nothing was changed: the rules in force stay");
        }
    }
}

/// Tells what came of reading strategies again; false if nothing did.
fn tell_outcome(outcome: Result<Vec<Swapped>, CliError>, output: Output) -> bool {
    match outcome {
        Err(why) => {
            output::complaint(&why);
            output.progress("nothing was changed: the strategies in charge stay");
            false
        }
        Ok(swapped) if swapped.is_empty() => {
            output.progress("read again: no strategy has changed");
            true
        }
        Ok(swapped) => {
            for Swapped { role, before, now, generation, .. } in swapped {
                let text = format!("{role}: {before} → {now}, generation {generation}");
                output.progress(&format!("read again: {text}"));
            }
            true
        }
    }
}

fn tell(daemon: &Daemon, selector: &NodeSelector, output: Output) -> Result<(), CliError> {
    let node = daemon.node();
    let (peer_id, version) = (node.peer_id().to_string(), env!("CARGO_PKG_VERSION"));
    let addresses: Vec<_> = node.addresses().iter().map(ToString::to_string).collect();
    let listening =
        if addresses.is_empty() { "nowhere".to_owned() } else { addresses.join("\n           ") };
    let routing = node.routing_url().map(|url| format!("routing    {url}\n")).unwrap_or_default();
    let text = format!(
        "version    bitswap/{version}\npeer id    {peer_id}\nlistening  {listening}\n\
         api        {}\n           {}\nmetrics    {}\n{routing}ready",
        daemon.socket(),
        daemon.url().unwrap_or("not over TCP"),
        node.metrics_url().unwrap_or("off"),
    );
    let result = json!({
        "v": 1, "event": "ready", "version": version, "peer_id": peer_id, "addresses": addresses,
        "api": daemon.socket(), "api_url": daemon.url(), "metrics_url": node.metrics_url(),
        "routing_url": node.routing_url(), "pid": std::process::id(),
        "data_dir": selector.home()?.folder(),
    });
    output.result(&result, &text);
    Ok(())
}
