using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Baselines;

/// <summary>One way from a grab to the ledger, started and ready for a turn of the comparison.</summary>
internal abstract class Baseline : IAsyncDisposable
{
    /// <summary>Each way's letter and what it is, in the order of the table.</summary>
    public static IReadOnlyList<(string Letter, string Name)> All { get; } =
    [
        ("a", "a row in the request"),
        ("b", "a message per grab in the request"),
        ("c", "RedPacket"),
    ];

    /// <summary>Where it takes sends and grabs.</summary>
    public abstract Uri Address { get; }

    /// <summary>Its own process.</summary>
    public abstract int ProcessId { get; }

    /// <summary>A broker is part of it.</summary>
    public static bool HasBroker(string letter) => letter != "a";

    /// <summary>Waits until nothing is on its way to the ledger. False when the limit is over first.</summary>
    public abstract Task<bool> Drained(TimeSpan limit);

    /// <summary>What its ledger holds of these packets.</summary>
    public abstract IEnumerable<RecordedShare> Rows(PacketIds packets, Callers callers);

    /// <summary>What its books say by themselves, in a few words; and whether they claim to be whole.</summary>
    public abstract Task<(string Words, bool IsWell)> Books(long told, TimeSpan limit);

    public abstract ValueTask DisposeAsync();

    /// <summary>Starts a way on these servers. <paramref name="repair"/>: ours may mend by itself.</summary>
    public static async Task<Baseline> Start(string letter, Folder folder, RedisServer redis, RabbitServer? rabbit, bool repair, CancellationToken stop) => letter switch
    {
        "a" => await BaselineProcess.Start(BaselineServer.Sync, folder, redis, null, stop),
        "b" => await BaselineProcess.Start(BaselineServer.Publish, folder, redis, rabbit, stop),
        _ => await RedPacketTarget.Start(redis, rabbit!, repair, stop),
    };
}
