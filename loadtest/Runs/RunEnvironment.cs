using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Runs;

/// <summary>Everything that a run works with, ready before its first send, gone after its verdict.</summary>
internal sealed class RunEnvironment : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _gone = [];

    private RunEnvironment(Plan plan, Callers callers)
    {
        Callers = callers;
        Packets = new PacketIds(plan.Packets + plan.WarmupPackets, plan.Shares, plan.AmountFen);
    }

    public Callers Callers { get; }
    public PacketIds Packets { get; }
    public GrabRecord Record { get; } = new();
    public Failures Failures { get; } = new();
    public OwnDemo? Demo { get; private set; }
    public IReadOnlyList<Uri> Urls { get; private set; } = [];
    public required TargetApi Api { get; set; }
    public required LiveStream Live { get; set; }
    public required Generator Generator { get; set; }
    public required ProcessorLog Processors { get; set; }
    public LedgerVerifier? Ledger { get; private set; }
    public NoopProcess? Noop { get; private set; }
    public Generator? NoopGenerator { get; private set; }

    /// <summary>The last transfer before the run.</summary>
    public long TransfersBefore { get; private set; }

    /// <summary>The report before the run.</summary>
    public ReportVerdict? Before { get; private set; }
    public required TargetFacts Facts { get; set; }

    /// <summary>The host and port that requests name.</summary>
    public string Host => Urls[0].Authority;

    /// <summary>Starts what is to be started, waits until it can be used, and opens the connections. Throws <see cref="TargetException"/> with what to do.</summary>
    public static async Task<RunEnvironment> Prepare(RunOptions options, Plan plan, Action<string> say, CancellationToken stop)
    {
        var callers = CallersOf(options, plan.Users);
        var scene = new RunEnvironment(plan, callers) { Api = null!, Live = null!, Generator = null!, Processors = null!, Facts = null! };
        try
        {
            await scene.Arrange(options, plan, say, stop);
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _gone.Count - 1; i >= 0; i--)
            await _gone[i].DisposeAsync();
        _gone.Clear();
    }

    private async Task Arrange(RunOptions options, Plan plan, Action<string> say, CancellationToken stop)
    {
        if (options.Urls.Count == 0)
            _gone.Add(Demo = await OwnDemo.Start(options.Demo, say));
        Urls = options.Urls.Count > 0 ? options.Urls : Demo!.Addresses;
        Api = new TargetApi(Urls[0], options.ReportUrl ?? Urls[0], Callers.Operator(options.OperatorToken));
        _gone.Add(new Disposer(Api));
        say($"waiting for {Urls[0]}");
        await Api.Ready(TimeSpan.FromSeconds(60), stop);
        Facts = Read(await Api.Info(stop), Urls, Demo is not null);
        Before = await Api.Report(stop);
        if ((Demo is not null ? Demo.Ledger : options.Ledger) is { } ledger)
            TransfersBefore = OpenLedger(ledger);
        _gone.Add(Live = new LiveStream(Api));
        say($"opening {plan.Connections} connections");
        _gone.Add(new Disposer(Generator = await Open(Urls, plan.Connections, options.Limits)));
        if (options.Noop)
            await StartNoop(plan, options, stop);
        Processors = new ProcessorLog([.. Demo?.Watched ?? [], .. options.Pids, .. Noop is null ? Array.Empty<Watched>() : [new Watched(NoopProcess.Name, Noop.Id)]]);
    }

    private async Task StartNoop(Plan plan, RunOptions options, CancellationToken stop)
    {
        _gone.Add(Noop = await NoopProcess.Start(stop));
        _gone.Add(new Disposer(NoopGenerator = await Open([Noop.Address], plan.Connections, options.Limits)));
    }

    private long OpenLedger(string connectionString)
    {
        Ledger = new LedgerVerifier(connectionString);
        try
        {
            return Ledger.Last();
        }
        catch (System.Data.Common.DbException exception)
        {
            throw new TargetException($"The ledger cannot be read: {exception.Message} Check --ledger, or leave it out: then the service's own pages are compared.");
        }
    }

    private static Callers CallersOf(RunOptions options, int users)
    {
        if (options.TokenFile is { } file)
            return Callers.FromFile(File.ReadLines(file));
        return options.JwtKey is { } key ? Callers.BySigning(users, key) : Callers.ByHeader(users);
    }

    private static async Task<Generator> Open(IReadOnlyList<Uri> urls, int connections, GeneratorLimits limits)
    {
        try
        {
            List<EndPoint> targets = [];
            foreach (var url in urls)
                targets.Add(new IPEndPoint((await Dns.GetHostAddressesAsync(url.DnsSafeHost)).OrderBy(address => address.AddressFamily).First(), url.Port));
            return await Generator.Open(targets, connections, limits);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            throw new TargetException($"{connections} connections to {urls[0]} could not be opened: {exception.Message}. Is it there? For many connections raise the limit of open files (ulimit -n).");
        }
    }

    private static TargetFacts Read(JsonNode info, IReadOnlyList<Uri> urls, bool startedHere)
    {
        string Part(string name) => info["banner"]?.AsArray().Select(line => line!.GetValue<string>()).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim()
            ?? $"{info[name]?["kind"]?.GetValue<string>() ?? "unknown"}";
        return new TargetFacts([.. urls.Select(url => url.AbsoluteUri.TrimEnd('/'))], startedHere, $"RedPacket {info["version"]?.GetValue<string>()}", Part("store"), Part("bus"), Part("ledger"));
    }

    private sealed class Disposer(IDisposable what) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            what.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
