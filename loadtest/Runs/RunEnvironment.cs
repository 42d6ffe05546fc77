using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Runs;

/// <summary>Everything that a run works with, from its first send to its verdict.</summary>
internal sealed class RunEnvironment : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _disposables = [];

    private RunEnvironment(Plan plan, Callers callers)
    {
        Callers = callers;
        Packets = new PacketIds(plan.Packets + plan.WarmupPackets, plan.Shares, plan.AmountFen, plan.WarmupPackets);
    }

    public Callers Callers { get; }

    public PacketIds Packets { get; }

    public GrabRecord Record { get; } = new();

    public Failures Failures { get; } = new();

    public OwnDemo? Demo { get; private set; }

    public IReadOnlyList<Uri> Urls { get; private set; } = [];

    public TargetApi Api { get; private set; } = null!;

    public LiveStream Live { get; private set; } = null!;

    public Generator Generator { get; private set; } = null!;

    public ProcessorLog Processors { get; private set; } = null!;

    public LedgerVerifier? Ledger { get; private set; }

    public NoopProcess? Noop { get; private set; }

    public Generator? NoopGenerator { get; private set; }

    /// <summary>The number of the last transfer before the run.</summary>
    public long TransfersBefore { get; private set; }

    /// <summary>The report before the run.</summary>
    public ReportVerdict? Before { get; private set; }

    public TargetFacts Facts { get; private set; } = null!;

    /// <summary>The value of the Host field in requests.</summary>
    public string Host => Urls[0].Authority;

    /// <summary>Starts the programs of the run, waits until they are ready, and opens the connections.</summary>
    /// <exception cref="TargetException">The service cannot be measured.</exception>
    public static async Task<RunEnvironment> Prepare(RunOptions options, Plan plan, Action<string> say,
        CancellationToken stop)
    {
        var callers = CallersOf(options, plan.Users);
        var environment = new RunEnvironment(plan, callers);
        try
        {
            await environment.Start(options, plan, say, stop);
            return environment;
        }
        catch
        {
            await environment.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _disposables.Count - 1; i >= 0; i--)
            await _disposables[i].DisposeAsync();
        _disposables.Clear();
    }

    private async Task Start(RunOptions options, Plan plan, Action<string> say, CancellationToken stop)
    {
        if (options.Urls.Count == 0)
            _disposables.Add(Demo = await OwnDemo.Start(options.Demo, say));
        Urls = options.Urls.Count > 0 ? options.Urls : Demo!.Addresses;
        Api = new TargetApi(Urls[0], options.ReportUrl ?? Urls[0], Callers.Operator(options.OperatorToken));
        _disposables.Add(new Disposer(Api));
        foreach (var url in Urls)
            await Api.Ready(url, options.Wait, say, stop);
        Facts = FactsOf(await Api.Info(stop), Urls, Demo is not null);
        Before = await Api.Report(stop);
        if ((Demo is not null ? Demo.Ledger : options.Ledger) is { } ledger)
            TransfersBefore = OpenLedger(ledger);
        _disposables.Add(Live = new LiveStream(Api));
        say($"opening {plan.Connections} connections");
        _disposables.Add(new Disposer(Generator = await Open(Urls, plan.Connections, options.Limits)));
        if (options.Noop)
            await StartNoop(plan, options, stop);
        Watched[] noop = Noop is null ? [] : [new Watched(NoopProcess.Name, Noop.Id)];
        Processors = new ProcessorLog([.. Demo?.Watched ?? [], .. options.Pids, .. noop]);
    }

    private async Task StartNoop(Plan plan, RunOptions options, CancellationToken stop)
    {
        _disposables.Add(Noop = await NoopProcess.Start(stop));
        _disposables.Add(new Disposer(NoopGenerator = await Open([Noop.Address], plan.Connections, options.Limits)));
    }

    private long OpenLedger(string connectionString)
    {
        Ledger = new LedgerVerifier(connectionString);
        try
        {
            return Ledger.LastTransfer();
        }
        catch (DbException exception)
        {
            throw new TargetException($"The ledger cannot be read: {exception.Message} "
                + "Check --ledger, or leave it out to compare with the service's pages.");
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
            {
                var addresses = await Dns.GetHostAddressesAsync(url.DnsSafeHost);
                targets.Add(new IPEndPoint(addresses.OrderBy(address => address.AddressFamily).First(), url.Port));
            }
            return await Generator.Open(targets, connections, limits);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            throw new TargetException($"{connections} connections to {urls[0]} could not be opened: {exception.Message}. "
                + "Check that the service runs. For many connections raise the limit of open files (ulimit -n).");
        }
    }

    private static TargetFacts FactsOf(JsonNode info, IReadOnlyList<Uri> urls, bool startedHere)
    {
        var version = $"RedPacket {info["version"]?.GetValue<string>()}";
        return new TargetFacts(
            [.. urls.Select(url => url.AbsoluteUri.TrimEnd('/'))], startedHere, version, Part("store"), Part("bus"), Part("ledger"));

        string Part(string name)
        {
            var lines = info["banner"]?.AsArray().Select(line => line!.GetValue<string>());
            var line = lines?.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
            return line?[name.Length..].Trim() ?? info[name]?["kind"]?.GetValue<string>() ?? "unknown";
        }
    }

    private sealed class Disposer(IDisposable disposable) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            disposable.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
