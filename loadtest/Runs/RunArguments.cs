using System.CommandLine;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Runs;

/// <summary>The options of <c>run</c>, and the checks of their combinations.</summary>
internal sealed class RunArguments
{
    private readonly Option<string> _workload = new("--workload", "-w")
    {
        Description = "what users grab:\n" + string.Concat(Plan.Workloads.Select(workload => $"  {workload.Name}: {workload.Meaning}\n")),
        DefaultValueFactory = _ => "many",
        HelpName = "name",
    };

    private readonly ArrivalArguments _arrivals = new();

    private readonly Option<int?> _connections = Arguments.Number(
        "--connections", "number of connections (64, with --rate 256, with storm one per user)", 1, 20_000);

    private readonly Option<int?> _packets = Arguments.Number(
        "--packets", "packets for the measured grabs, besides those for the warm-up (20000, with a rate what it needs)", 1, 2_000_000);

    private readonly Option<int?> _shares = Arguments.Number("--shares", "shares of each packet", 1, 100_000);
    private readonly Option<int?> _users = Arguments.Number("--users", "number of users", 1, 10_000_000);
    private readonly Option<double?> _zipf = Arguments.Rate("--zipf", "exponent of the skewed workload (1.1)", "n");

    private readonly Option<int?> _seed = Arguments.Number(
        "--seed", "seed of the grabs. The same seed gives the same grabs in the same order (1)", 0, int.MaxValue);

    private readonly Option<string[]> _urls = new("--url")
    {
        Description = "address of the service. Several share the connections. Default: start the demo for this run",
        HelpName = "http://host:port",
    };

    private readonly Option<TimeSpan?> _wait = Arguments.Duration(
        "--wait", "how long to wait for a service that does not answer or is not ready (not at all, and 60s)");

    private readonly Option<string?> _reportUrl = new("--report-url")
    {
        Description = "address of the report, if not the first --url",
        HelpName = "http://host:port",
    };

    private readonly Option<string?> _ledger = new("--ledger")
    {
        Description = "connection string of the ledger, for the demo or beside --url. It makes the comparison and the lag exact",
        HelpName = "Data Source=… | Host=…",
    };

    private readonly Option<string?> _redis = new("--redis") { Description = "Redis for the demo", HelpName = "host:port" };
    private readonly Option<string?> _rabbit = new("--rabbitmq") { Description = "RabbitMQ for the demo", HelpName = "amqp://…" };

    private readonly Option<bool> _servers = new("--servers")
    {
        Description = "start a private redis-server and rabbitmq-server for the demo, and count their CPU",
    };

    private readonly Option<string> _fsync = new("--fsync")
    {
        Description = "appendfsync of that Redis: always or everysec",
        DefaultValueFactory = _ => "always",
    };

    private readonly Option<int?> _grabProcesses = Arguments.Number("--grab-processes", "grab processes, with --servers (1)", 1, 16);

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "setting for the demo, for example Packets:Shards=4",
        HelpName = "name=value",
    };

    private readonly Option<string[]> _pids = new("--pid")
    {
        Description = "another process whose CPU counts, for example redis=1234",
        HelpName = "name=pid",
    };

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = "file with the users' bearer tokens, one per line. Default: the demo's X-User-Id header",
        HelpName = "file",
    };

    private readonly Option<string?> _jwtKey = new("--jwt-key")
    {
        Description = "the service's signing key (Jwt:SigningKeys:0), to sign tokens for the users and for an operator",
        HelpName = "key",
    };

    private readonly Option<string?> _operator = new("--operator-token")
    {
        Description = "an operator's token, to read the report",
        HelpName = "token",
    };

    private readonly Option<bool> _noop = new("--noop")
    {
        Description = "alternate with an endpoint that does nothing, and show the service's rate as a fraction of its rate",
    };

    private readonly Option<TimeSpan?> _drain = Arguments.Duration("--drain-limit", "how long the ledger may take to catch up (2m)", 0.1);

    private readonly Option<TimeSpan?> _timeout = Arguments.Duration(
        "--timeout", "a grab without an answer within this time fails (30s)", 0.05);

    private readonly Option<TimeSpan?> _drop = Arguments.Duration(
        "--drop-after", "a grab without a free connection within this time is dropped (open model, 10s)", 0.01);

    private readonly Option<string[]> _thresholds = new("--threshold", "-t")
    {
        Description = "a bound that must hold, or the exit code is 99. Examples: p99<50ms, lag.p99<2s, failed<0.1%, verdict==CONSISTENT. "
            + $"Metrics: {string.Join(" ", Metric.All.Select(metric => metric.Name))}",
        HelpName = "bound",
    };

    private readonly Option<bool> _keep = new("--keep-data")
    {
        Description = "keep the demo's data. It is always kept when the money does not balance",
    };

    public IEnumerable<Option> All =>
    [
        _workload, .. _arrivals.All, _connections, _packets, _shares, _users, _zipf, _seed, _urls, _wait, _reportUrl, _ledger, _redis,
        _rabbit, _servers, _fsync, _grabProcesses, _set, _pids, _tokenFile, _jwtKey, _operator, _noop, _drain, _timeout, _drop, _thresholds,
        _keep,
    ];

    /// <summary>Reads the options. Returns either the options or an error.</summary>
    public (RunOptions? Options, string? Error) Read(ParseResult parsed, string command)
    {
        var urls = parsed.GetValue(_urls) ?? [];
        var thresholds = (parsed.GetValue(_thresholds) ?? []).Select(Threshold.Parse).ToArray();
        var pids = (parsed.GetValue(_pids) ?? []).Select(Arguments.ReadPid).ToArray();
        var settings = parsed.GetValue(_set) ?? [];
        string?[] errors =
        [
            Check(parsed, urls, settings), .. thresholds.Select(threshold => threshold.Error), .. pids.Select(pid => pid.Error),
        ];
        if (errors.OfType<string>().FirstOrDefault() is { } error)
            return (null, error);
        return (new RunOptions
        {
            Command = command,
            Workload = parsed.GetValue(_workload)!,
            Seed = parsed.GetValue(_seed) ?? 1,
            Urls = [.. urls.Select(url => new Uri(url))],
            Wait = parsed.GetValue(_wait),
            ReportUrl = parsed.GetValue(_reportUrl) is { } report ? new Uri(report) : null,
            Demo = new DemoOptions(
                parsed.GetValue(_servers), parsed.GetValue(_fsync)!, parsed.GetValue(_redis), parsed.GetValue(_rabbit),
                parsed.GetValue(_ledger), parsed.GetValue(_grabProcesses) ?? 1,
                settings.Select(setting => setting.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1])),
            Ledger = parsed.GetValue(_ledger),
            Pids = [.. pids.Select(pid => pid.Watched!)],
            TokenFile = parsed.GetValue(_tokenFile),
            JwtKey = parsed.GetValue(_jwtKey),
            OperatorToken = parsed.GetValue(_operator),
            Duration = _arrivals.Duration(parsed),
            Warmup = _arrivals.Warmup(parsed),
            Connections = parsed.GetValue(_connections),
            Rate = _arrivals.Rate(parsed),
            Stages = _arrivals.Stages(parsed),
            Packets = parsed.GetValue(_packets),
            Shares = parsed.GetValue(_shares),
            Users = parsed.GetValue(_users),
            ZipfExponent = parsed.GetValue(_zipf) ?? 1.1,
            WaveEvery = _arrivals.WaveEvery(parsed),
            Noop = parsed.GetValue(_noop),
            Max = _arrivals.Max(parsed),
            DrainLimit = parsed.GetValue(_drain) ?? TimeSpan.FromMinutes(2),
            Limits = new GeneratorLimits(
                parsed.GetValue(_timeout) ?? TimeSpan.FromSeconds(30), parsed.GetValue(_drop) ?? TimeSpan.FromSeconds(10)),
            Thresholds = [.. thresholds.Select(threshold => threshold.Threshold!)],
            KeepData = parsed.GetValue(_keep),
        }, null);
    }

    /// <summary>Returns what is wrong with the options, or null.</summary>
    private string? Check(ParseResult parsed, string[] urls, string[] settings)
    {
        var workload = parsed.GetValue(_workload)!;
        if (Plan.Workloads.All(known => known.Name != workload))
            return $"--workload must be one of {string.Join(", ", Plan.Workloads.Select(known => known.Name))}; it was '{workload}'.";
        var addresses = urls.Append(parsed.GetValue(_reportUrl)).OfType<string>();
        if (addresses.Select(Arguments.CheckUrl).OfType<string>().FirstOrDefault() is { } error)
            return error;
        if (settings.FirstOrDefault(setting => setting.IndexOf('=') < 1) is { } wrong)
            return $"--set must be <name>=<value>, for example Packets:Shards=4; it was '{wrong}'.";
        return CheckDemo(parsed, urls, settings) ?? _arrivals.Check(parsed, workload, parsed.GetValue(_noop)) ?? CheckTokens(parsed);
    }

    private string? CheckDemo(ParseResult parsed, string[] urls, string[] settings)
    {
        var (servers, redis, rabbit) = (parsed.GetValue(_servers), parsed.GetValue(_redis), parsed.GetValue(_rabbit));
        var grabProcesses = parsed.GetValue(_grabProcesses);
        var isForDemo = servers || redis is not null || rabbit is not null || settings.Length > 0 || grabProcesses is not null;
        if (parsed.GetValue(_fsync) is not ("always" or "everysec"))
            return $"--fsync must be always or everysec; it was '{parsed.GetValue(_fsync)}'.";
        if (urls.Length > 0 && isForDemo)
            return "--servers, --redis, --rabbitmq, --grab-processes and --set are for the demo that a run without --url starts.";
        if (servers && (redis ?? rabbit) is not null)
            return "--servers starts a Redis and a RabbitMQ. Leave --redis and --rabbitmq out.";
        return grabProcesses > 1 && !servers && (redis is null || rabbit is null)
            ? "--grab-processes needs a shared Redis and RabbitMQ. Add --servers, or --redis and --rabbitmq."
            : null;
    }

    private string? CheckTokens(ParseResult parsed)
    {
        var file = parsed.GetValue(_tokenFile);
        if (file is not null && !File.Exists(file))
            return $"--token-file must name an existing file; it was '{file}'.";
        return file is not null && parsed.GetValue(_jwtKey) is not null
            ? "--token-file and --jwt-key exclude each other. Give one of them."
            : null;
    }
}
