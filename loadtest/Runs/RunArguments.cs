using System.CommandLine;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Runs;

/// <summary>The options of <c>run</c>, and what they mean together.</summary>
internal sealed class RunArguments
{
    private readonly Option<string> _workload = new("--workload", "-w")
    {
        Description = $"what is grabbed: {string.Join("; ", Plan.Workloads.Select(workload => $"{workload.Name} = {workload.Meaning}"))}",
        DefaultValueFactory = _ => "many",
        HelpName = "name",
    };
    private readonly Option<TimeSpan?> _duration = Arguments.Duration("--duration", "how long grabs are measured (20s; soak: 10m)", 0.1);
    private readonly Option<TimeSpan?> _warmup = Arguments.Duration("--warmup", "how long before that they are not (2s)");
    private readonly Option<int?> _connections = Arguments.Number("--connections", "connections (64; with --rate 256; storm: one for each user)", 1, 20_000);
    private readonly Option<double?> _rate = Arguments.Rate("--rate", "arrivals per second, whatever the service does (open); without it each connection asks as fast as it is answered (closed)");
    private readonly Option<bool> _max = new("--max") { Description = "look for the highest rate at which p99 and lag hold" };
    private readonly Option<TimeSpan?> _maxP99 = Arguments.Duration("--max-p99", "what p99 must hold for --max (50ms)", 0.0001);
    private readonly Option<TimeSpan?> _maxLag = Arguments.Duration("--max-lag", "what the lag must hold for --max (2s)", 0.001);
    private readonly Option<double?> _maxStart = Arguments.Rate("--max-start", "the first rate that --max tries (1000)");
    private readonly Option<TimeSpan?> _round = Arguments.Duration("--round", "how long --max tries each rate (5s)", 0.5);
    private readonly Option<int?> _packets = Arguments.Number("--packets", "packets that are sent before", 1, 2_000_000);
    private readonly Option<int?> _shares = Arguments.Number("--shares", "shares of each packet", 1, 100_000);
    private readonly Option<int?> _users = Arguments.Number("--users", "users", 1, 10_000_000);
    private readonly Option<double?> _zipf = Arguments.Rate("--zipf", "exponent of the skewed workload (1.1)", "n");
    private readonly Option<TimeSpan?> _wave = Arguments.Duration("--wave-every", "time between two waves of the storm (2s)", 0.05);
    private readonly Option<int?> _seed = Arguments.Number("--seed", "the same seed draws the same grabs in the same order (1)", 0, int.MaxValue);
    private readonly Option<string[]> _urls = new("--url")
    {
        Description = "where the service is; several share the connections (default: the demo is started for this run)",
        HelpName = "http://host:port",
    };
    private readonly Option<string?> _reportUrl = new("--report-url") { Description = "where the report is, if not at the first --url", HelpName = "http://host:port" };
    private readonly Option<string?> _ledger = new("--ledger")
    {
        Description = "the ledger's connection string: for the demo started here, or to be read beside the service at --url; then every share is compared, and the lag is exact",
        HelpName = "Data Source=… | Host=…",
    };
    private readonly Option<string?> _redis = new("--redis") { Description = "a Redis for the demo started here", HelpName = "host:port" };
    private readonly Option<string?> _rabbit = new("--rabbitmq") { Description = "a RabbitMQ for the demo started here", HelpName = "amqp://…" };
    private readonly Option<bool> _servers = new("--servers") { Description = "start a private redis-server and rabbitmq-server for the demo, and count their CPU too" };
    private readonly Option<string> _fsync = new("--fsync") { Description = "appendfsync of that Redis: always or everysec", DefaultValueFactory = _ => "always" };
    private readonly Option<int?> _grabProcesses = Arguments.Number("--grab-processes", "processes that take grabs, with --servers (1)", 1, 16);
    private readonly Option<string[]> _set = new("--set") { Description = "a setting for the demo started here, for example Packets:Shards=4", HelpName = "name=value" };
    private readonly Option<string[]> _pids = new("--pid") { Description = "a further process whose CPU counts, for example redis=1234", HelpName = "name=pid" };
    private readonly Option<string?> _tokenFile = new("--token-file") { Description = "bearer tokens of the users, one a line (default: the demo's X-User-Id header)", HelpName = "file" };
    private readonly Option<string?> _jwtKey = new("--jwt-key")
    {
        Description = "the service's signing key (Jwt:SigningKeys:0): a token is signed for each user, and for an operator",
        HelpName = "key",
    };
    private readonly Option<string?> _operator = new("--operator-token") { Description = "an operator's token, to ask for the verdict", HelpName = "token" };
    private readonly Option<bool> _noop = new("--noop") { Description = "by turns, drive an endpoint that does nothing, and give ours as a part of it" };
    private readonly Option<TimeSpan?> _drain = Arguments.Duration("--drain-limit", "how long the ledger may take to catch up (2m)", 0.1);
    private readonly Option<TimeSpan?> _timeout = Arguments.Duration("--timeout", "a grab without an answer by then has failed (30s)", 0.05);
    private readonly Option<TimeSpan?> _drop = Arguments.Duration("--drop-after", "a grab that finds no free connection for so long is dropped (open model, 10s)", 0.01);
    private readonly Option<string[]> _thresholds = new("--threshold", "-t")
    {
        Description = $"a bound that must be kept, or the exit code is 99: p99<50ms, lag.p99<2s, failed<0.1%, verdict==CONSISTENT. "
            + $"Metrics: {string.Join(" ", Metric.All.Select(metric => metric.Name))}",
        HelpName = "bound",
    };
    private readonly Option<bool> _keep = new("--keep-data") { Description = "keep the data of the demo started here (it is kept anyway when the money does not balance)" };

    public IEnumerable<Option> All =>
    [
        _workload, _duration, _warmup, _connections, _rate, _max, _maxP99, _maxLag, _maxStart, _round, _packets, _shares, _users, _zipf, _wave, _seed, _urls, _reportUrl, _ledger, _redis, _rabbit,
        _servers, _fsync, _grabProcesses, _set, _pids, _tokenFile, _jwtKey, _operator, _noop, _drain, _timeout, _drop, _thresholds, _keep,
    ];

    /// <summary>Reads what was given. Exactly one of the two is returned.</summary>
    public (RunOptions? Options, string? Wrong) Read(ParseResult parsed, string command)
    {
        var urls = parsed.GetValue(_urls) ?? [];
        var thresholds = (parsed.GetValue(_thresholds) ?? []).Select(Threshold.Parse).ToArray();
        var pids = (parsed.GetValue(_pids) ?? []).Select(Arguments.ReadPid).ToArray();
        var settings = parsed.GetValue(_set) ?? [];
        var wrongs = thresholds.Select(threshold => threshold.Wrong).Concat(pids.Select(pid => pid.Wrong)).Prepend(Refuse(parsed, urls, settings));
        if (wrongs.FirstOrDefault(wrong => wrong is not null) is { } bad)
            return (null, bad);
        return (new RunOptions
        {
            Command = command,
            Workload = parsed.GetValue(_workload)!,
            Seed = parsed.GetValue(_seed) ?? 1,
            Urls = [.. urls.Select(url => new Uri(url))],
            ReportUrl = parsed.GetValue(_reportUrl) is { } report ? new Uri(report) : null,
            Demo = new DemoOptions(parsed.GetValue(_servers), parsed.GetValue(_fsync)!, parsed.GetValue(_redis), parsed.GetValue(_rabbit), parsed.GetValue(_ledger),
                parsed.GetValue(_grabProcesses) ?? 1, settings.Select(setting => setting.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1])),
            Ledger = parsed.GetValue(_ledger),
            Pids = [.. pids.Select(pid => pid.Watched!)],
            TokenFile = parsed.GetValue(_tokenFile),
            JwtKey = parsed.GetValue(_jwtKey),
            OperatorToken = parsed.GetValue(_operator),
            Duration = parsed.GetValue(_duration),
            Warmup = parsed.GetValue(_warmup),
            Connections = parsed.GetValue(_connections),
            Rate = parsed.GetValue(_rate),
            Packets = parsed.GetValue(_packets),
            Shares = parsed.GetValue(_shares),
            Users = parsed.GetValue(_users),
            ZipfExponent = parsed.GetValue(_zipf) ?? 1.1,
            WaveEvery = parsed.GetValue(_wave) ?? TimeSpan.FromSeconds(2),
            Noop = parsed.GetValue(_noop),
            Max = parsed.GetValue(_max)
                ? new MaxOptions(parsed.GetValue(_maxStart) ?? 1000, parsed.GetValue(_round) ?? TimeSpan.FromSeconds(5),
                    parsed.GetValue(_maxP99) ?? TimeSpan.FromMilliseconds(50), parsed.GetValue(_maxLag) ?? TimeSpan.FromSeconds(2))
                : null,
            DrainLimit = parsed.GetValue(_drain) ?? TimeSpan.FromMinutes(2),
            Limits = new GeneratorLimits(parsed.GetValue(_timeout) ?? TimeSpan.FromSeconds(30), parsed.GetValue(_drop) ?? TimeSpan.FromSeconds(10)),
            Thresholds = [.. thresholds.Select(threshold => threshold.Threshold!)],
            KeepData = parsed.GetValue(_keep),
        }, null);
    }

    /// <summary>What contradicts itself, in words; null when nothing does.</summary>
    private string? Refuse(ParseResult parsed, string[] urls, string[] settings)
    {
        var workload = parsed.GetValue(_workload)!;
        var starts = parsed.GetValue(_servers) || parsed.GetValue(_redis) is not null || parsed.GetValue(_rabbit) is not null || settings.Length > 0 || parsed.GetValue(_grabProcesses) is not null;
        if (Plan.Workloads.All(known => known.Name != workload))
            return $"--workload is one of {string.Join(", ", Plan.Workloads.Select(known => known.Name))}, and not '{workload}'.";
        if (urls.Append(parsed.GetValue(_reportUrl)).Where(url => url is not null).Select(url => Arguments.RefuseUrl(url!)).FirstOrDefault(wrong => wrong is not null) is { } bad)
            return bad;
        if (parsed.GetValue(_fsync) is not ("always" or "everysec"))
            return "--fsync is always or everysec.";
        if (urls.Length > 0 && starts)
            return "--url drives a service that is there; --servers, --redis, --rabbitmq, --grab-processes and --set are for the demo that is started without it.";
        if (parsed.GetValue(_servers) && (parsed.GetValue(_redis) ?? parsed.GetValue(_rabbit)) is not null)
            return "--servers starts a Redis and a RabbitMQ: leave --redis and --rabbitmq out.";
        if (parsed.GetValue(_grabProcesses) > 1 && !parsed.GetValue(_servers) && (parsed.GetValue(_redis) is null || parsed.GetValue(_rabbit) is null))
            return "--grab-processes needs a Redis and a RabbitMQ that they share: --servers.";
        if (parsed.GetValue(_max) && (parsed.GetValue(_rate) is not null || workload == "storm" || parsed.GetValue(_noop)))
            return "--max looks for the rate itself: leave --rate, --noop and the storm out.";
        if (workload == "storm" && parsed.GetValue(_rate) is not null)
            return "A storm has no rate: its users all come at the same instant; --wave-every says how often.";
        if (parsed.GetValue(_tokenFile) is { } file && !File.Exists(file))
            return $"--token-file: there is no file {file}.";
        if (parsed.GetValue(_tokenFile) is not null && parsed.GetValue(_jwtKey) is not null)
            return "--token-file and --jwt-key exclude each other.";
        return settings.FirstOrDefault(setting => setting.IndexOf('=') < 1) is { } wrong ? $"--set is <name>=<value>, for example Packets:Shards=4, and not '{wrong}'." : null;
    }
}
