using System.Reflection;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;
using RedPacket.Outbox;
using RedPacket.Packets;

namespace RedPacket.Operations;

/// <summary>The parts of the service. Never an address, a user or a password.</summary>
/// <param name="Forwards">The roles whose calls this process sends to another one.</param>
/// <param name="Subscribers">True when the calls of the subscribers answer at this address too, as the settings say.</param>
internal sealed record ServiceInfo(
    string Version, IReadOnlyList<string> Roles, IReadOnlyList<string> Forwards, bool Subscribers, PartInfo Store, PartInfo Bus,
    PartInfo Ledger, IReadOnlyList<string> Banner, SendLimits Limits);

/// <summary>The limits of a packet. A sender that knows it can check a packet before sending it.</summary>
internal sealed record SendLimits(long MaxAmountFen, int MaxCount, int MaxGreeting, long MinExpirySeconds, long MaxExpirySeconds);

/// <summary>One part, and what it keeps.</summary>
/// <param name="Durable">True when what it has acknowledged survives a power cut.</param>
/// <param name="Durability">In words: durable, last second may be lost, last 30 seconds may be lost, volatile,
/// unknown.</param>
internal sealed record PartInfo(string Kind, string? Version, bool Durable, string Durability, string Detail)
{
    /// <summary>As the banner says it.</summary>
    public string Line(string part) =>
        $"{part,-7}{Kind}{(Version is null ? "" : " " + Version)}: {Durability} ({Detail})";
}

/// <summary>Reads <see cref="ServiceInfo"/>. Programs print its banner at start; the endpoint answers it.</summary>
internal sealed class InfoReader(
    StoreGuard guard, ProcessRoles roles, IOptions<ForwardOptions> forward, IConfiguration configuration, IOptions<PacketsOptions> packets,
    IOptions<ProcessOptions> process, IServiceProvider services)
{
    private const string None = "none in this process";
    private const string NotNeeded = "no role here needs it";

    private static readonly string s_version =
        typeof(InfoReader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "unknown";

    public async Task<ServiceInfo> Read(CancellationToken cancellation)
    {
        var (store, bus, ledger) = (Store(), Bus(), await Ledger(cancellation));
        string[] forwards = [.. ProcessRoles.Calls.Keys.Where(role => !roles.Has(role) && forward.Value.Address(role) is not null)];
        string[] banner = [store.Line("store"), bus.Line("bus"), ledger.Line("ledger")];
        var hasSubscribers = process.Value.Subscribers || forward.Value.Subscribers is not null;
        return new ServiceInfo(s_version, roles.Names, forwards, hasSubscribers, store, bus, ledger, banner, Limits());
    }

    private SendLimits Limits()
    {
        var limits = packets.Value;
        var (shortest, longest) = limits.ExpirySeconds;
        return new SendLimits(limits.MaxAmountFen, limits.MaxCount, limits.MaxGreeting, shortest, longest);
    }

    private PartInfo Store()
    {
        var store = guard.Store;
        var detail = guard.Warning is { } words ? $"{store.Detail}. {words}" : store.Detail;
        return new PartInfo(store.Kind, store.Version.Length > 0 ? store.Version : null, store.IsDurable, store.Durability, detail);
    }

    /// <summary>A lost bus costs time, never money: the outbox still has everything that the bus held.</summary>
    private PartInfo Bus() => !BrokerSettings.Read(configuration).IsInMemory
        ? new PartInfo("RabbitMQ", null, true, StoreDescription.Durable, "durable queues, and what it loses is sent again from the outbox")
        : roles.Has(ProcessRoles.Relay) || roles.Has(ProcessRoles.Settle) || roles.Has(ProcessRoles.Announce)
        ? new PartInfo("in memory", null, false, StoreDescription.Volatile, "what it holds is sent again from the outbox")
        : new PartInfo(None, null, false, StoreDescription.Unknown, NotNeeded);

    private async Task<PartInfo> Ledger(CancellationToken cancellation)
    {
        if (services.GetService<LedgerInspector>() is not { } inspector)
            return new PartInfo(None, null, false, StoreDescription.Unknown, NotNeeded);
        var ledger = await inspector.Look(cancellation);
        var durability = ledger.Durable switch
        {
            true => StoreDescription.Durable,
            false => StoreDescription.Volatile,
            null => StoreDescription.Unknown,
        };
        return new PartInfo(ledger.Kind, ledger.Version, ledger.Durable == true, durability, ledger.Detail);
    }
}
