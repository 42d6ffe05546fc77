namespace RedPacket.Drills.Run;

/// <summary>The differences that a drill tolerates beyond the usual.</summary>
/// <param name="Inconsistent">The report may say INCONSISTENT at first, because the drill damages something on
/// purpose.</param>
/// <param name="Archived">
/// Redis need not have the packets any more, and asking again is answered packet_archived. Only client and ledger are
/// compared.
/// </param>
/// <param name="AskedAgain">How many winners ask again, when there are too many to ask all.</param>
/// <param name="Late">Messages arrive after the gate opened, and the service then restores or pays what Redis had
/// forgotten.</param>
internal sealed record Allowance(bool Inconsistent = false, bool Archived = false, int AskedAgain = int.MaxValue, bool Late = false);
