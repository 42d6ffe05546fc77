namespace RedPacket.LoadTest.Verification;

/// <summary>A share in the ledger, or a settled share on the service's pages.</summary>
/// <param name="Packet">The packet's number in this run.</param>
/// <param name="User">The user's number; -1 for an unknown user.</param>
/// <param name="UserId">The user's id, for the evidence.</param>
internal readonly record struct RecordedShare(int Packet, int User, string UserId, int Ordinal, long Fen);

/// <summary>One second of the run, with the shares granted and settled since its start.</summary>
/// <param name="At">Seconds since the first grab.</param>
internal sealed record Flow(double At, long Accepted, long Settled, long Backlog);
