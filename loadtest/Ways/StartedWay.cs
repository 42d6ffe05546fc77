using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Ways;

/// <summary>A way as a program that runs.</summary>
internal abstract class StartedWay : IAsyncDisposable
{
    /// <summary>The address of its sends and grabs, the same over restarts.</summary>
    public abstract Uri Address { get; }

    /// <summary>The id of its process.</summary>
    public abstract int ProcessId { get; }

    /// <summary>
    /// Kills its process (SIGKILL), starts it on its data after a while, and waits until it takes grabs.
    /// </summary>
    public abstract Task Restart(TimeSpan down);

    /// <summary>Waits until its ledger has everything. Returns false when the time limit ends first.</summary>
    public abstract Task<bool> Drained(TimeSpan limit, CancellationToken stop);

    /// <summary>Reads the shares of these packets from its ledger.</summary>
    public abstract IEnumerable<RecordedShare> Rows(PacketIds packets, Callers callers);

    /// <summary>Returns the state of its ledger in words, and whether the ledger is complete.</summary>
    public abstract Task<(string Text, bool IsComplete)> LedgerState(MoneyCheck check, TimeSpan limit);

    public abstract ValueTask DisposeAsync();

    /// <summary>Starts a way on these servers.</summary>
    /// <param name="repair">Lets RedPacket repair missing entries.</param>
    public static Task<StartedWay> Start(Way way, Folder folder, WayServers servers, bool repair, CancellationToken stop) => way.IsRedPacket
        ? RedPacketProcess.Start(servers, repair, stop)
        : PeerProcess.Start(way, folder, servers, stop);
}
