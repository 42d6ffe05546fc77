namespace RedPacket.Repairs;

internal static partial class RepairsLog
{
    [LoggerMessage(6103, LogLevel.Warning, "Repair by {Actor} found {Count} entries missing and put {Issued} back into the outbox")]
    public static partial void EntriesPutBack(this ILogger logger, long count, string actor, long issued);

    [LoggerMessage(6104, LogLevel.Warning, "Repair was postponed: {Reason}")]
    public static partial void RepairPostponed(this ILogger logger, string reason);

    [LoggerMessage(6105, LogLevel.Warning, "Replay by {Actor} sent {Count} parked entries to the ledger again")]
    public static partial void EntriesReplayed(this ILogger logger, long count, string actor);

    [LoggerMessage(6110, LogLevel.Error, "Packet {PacketId} was not compared by repair")]
    public static partial void PacketNotRepaired(this ILogger logger, Exception exception, string packetId);

    [LoggerMessage(6106, LogLevel.Warning, "Repair by {Actor} rebuilt the totals of {Accounts} accounts")]
    public static partial void TotalsRebuilt(this ILogger logger, int accounts, string actor);

    [LoggerMessage(6107, LogLevel.Error,
        "Correction by {Actor} resolved {Count} parked shares and paid {Fen} fen, first ids {Ids}: see /api/v1/parked?resolved=true")]
    public static partial void SharesCorrected(this ILogger logger, int count, long fen, string actor, string ids);

    [LoggerMessage(6111, LogLevel.Warning,
        "Dismissal by {Actor} ended {Count} parked entries that the books do not need: see /api/v1/parked?resolved=true")]
    public static partial void EntriesDismissed(this ILogger logger, int count, string actor);

    [LoggerMessage(6112, LogLevel.Warning,
        "Took {Count} entries back that Redis had forgotten in an earlier run of shard {Shard}, first {Entry}")]
    public static partial void EntriesAdopted(this ILogger logger, int count, int shard, string entry);

    [LoggerMessage(6113, LogLevel.Error,
        "Parked entry {Id} ({Entry}) of an earlier run of Redis waits for a person: {Reason}, see /api/v1/parked/{Id}")]
    public static partial void EntryWaits(this ILogger logger, long id, string entry, string reason);

    [LoggerMessage(6114, LogLevel.Error,
        "Correction did not pay parked share {Id}, because the payments of 24 hours would exceed Reconciliation:PayPerDayFen: "
        + "see /api/v1/parked/{Id}")]
    public static partial void PaymentWaits(this ILogger logger, long id);

    [LoggerMessage(6115, LogLevel.Information, "Acknowledgement by {Actor} covered {Count} payments that the repair loop had made")]
    public static partial void PaymentsAcknowledged(this ILogger logger, int count, string actor);

    [LoggerMessage(6109, LogLevel.Error,
        "Correction refused parked share {Id}, because the payments for its packet would exceed its fund: see /api/v1/parked/{Id}")]
    public static partial void PaymentRefused(this ILogger logger, long id);
}
