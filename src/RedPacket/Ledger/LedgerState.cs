using RedPacket.Ledger.Pauses;

namespace RedPacket.Ledger;

/// <summary>How the ledger is, as the writer last saw it.</summary>
/// <param name="Up">False until it has been opened for the first time, and during an outage.</param>
/// <param name="DownSince">When the outage began; null while up, and while it is opened for the first time.</param>
/// <param name="Reason">Why it is down, and what to do if that is known; null while up.</param>
/// <param name="WaitingChunks">Chunks given to the journal and not yet answered.</param>
/// <param name="RecordedTransfers">Transfers this process has added since it started.</param>
/// <param name="Pause">The pause of settlement; null while there is none.</param>
internal sealed record LedgerState(
    bool Up, DateTimeOffset? DownSince, string? Reason, int WaitingChunks, long RecordedTransfers, Pause? Pause);
