using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Baselines;

/// <summary>One way to grant and record shares, started and ready for an interval of the comparison.</summary>
internal abstract class Baseline : IAsyncDisposable
{
    /// <summary>The letter and name of each baseline, in the order of the table. RedPacket is the last.</summary>
    public static IReadOnlyList<(string Letter, string Name)> All { get; } =
    [
        ("a", "a row in the request"),
        ("b", "a message per grab in the request"),
        ("c", "RedPacket"),
    ];

    /// <summary>The address of its sends and grabs.</summary>
    public abstract Uri Address { get; }

    /// <summary>The id of its process.</summary>
    public abstract int ProcessId { get; }

    /// <summary>True when the baseline uses a broker.</summary>
    public static bool HasBroker(string letter) => letter != "a";

    /// <summary>Waits until its ledger has everything. Returns false when the time limit ends first.</summary>
    public abstract Task<bool> Drained(TimeSpan limit);

    /// <summary>Reads the shares of these packets from its ledger.</summary>
    public abstract IEnumerable<RecordedShare> Rows(PacketIds packets, Callers callers);

    /// <summary>Returns the state of its ledger in words, and whether the ledger is complete.</summary>
    public abstract Task<(string Text, bool IsComplete)> LedgerState(long confirmed, TimeSpan limit);

    public abstract ValueTask DisposeAsync();

    /// <summary>Starts a baseline on these servers.</summary>
    /// <param name="repair">Lets RedPacket repair missing entries.</param>
    public static async Task<Baseline> Start(
        string letter, Folder folder, RedisServer redis, RabbitServer? rabbit, bool repair, CancellationToken stop) => letter switch
        {
            "a" => await BaselineProcess.Start(BaselineServer.Sync, folder, redis, null, stop),
            "b" => await BaselineProcess.Start(BaselineServer.Publish, folder, redis, rabbit, stop),
            _ => await RedPacketTarget.Start(redis, rabbit!, repair, stop),
        };
}
