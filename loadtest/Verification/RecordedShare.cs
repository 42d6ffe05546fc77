namespace RedPacket.LoadTest.Verification;

/// <summary>A share as the ledger (or the service, where the ledger cannot be read) has it.</summary>
/// <param name="Packet">Its number in this run.</param>
/// <param name="User">The user's number; -1 for somebody who is none of ours.</param>
/// <param name="UserId">His id, for the evidence.</param>
internal readonly record struct RecordedShare(int Packet, int User, string UserId, int Ordinal, long Fen);

/// <summary>One second of the run: shares granted and shares settled since its beginning.</summary>
/// <param name="At">Seconds since the first grab.</param>
internal sealed record Flow(double At, long Accepted, long Settled, long Backlog);
