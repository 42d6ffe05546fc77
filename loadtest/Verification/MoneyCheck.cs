using System.Text.Json.Serialization;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.LoadTest.Verification;

/// <summary>Compares the confirmed shares with the recorded ones, share by share.</summary>
/// <param name="Against">The other side: <c>ledger</c>, or <c>packets</c> for the service's pages.</param>
/// <param name="Won">Shares confirmed to a user. Repeated answers count once.</param>
/// <param name="Recorded">Shares found on the other side.</param>
/// <param name="Kept">Confirmed shares recorded exactly so: same user, ordinal and fen.</param>
/// <param name="Lost">Confirmed shares not recorded exactly so.</param>
/// <param name="Duplicated">Users with two shares of a packet, and shares with two users.</param>
/// <param name="Unexpected">Recorded shares that were never confirmed, though every grab had a final answer.</param>
/// <param name="Contradicted">Answers that contradict each other: two shares for a user, or a share for two
/// users.</param>
/// <param name="FoundOpen">Recorded shares of grabs without a final answer. The user gets the share when asking
/// again.</param>
/// <param name="WarmupWon">How many of the won shares are of the warm-up's packets.</param>
/// <param name="Evidence">The first differences in words.</param>
internal sealed record MoneyCheck(
    string Against, long Won, long WonFen,
    [property: JsonPropertyName("booked")] long Recorded, [property: JsonPropertyName("bookedFen")] long RecordedFen,
    long Kept, long Lost, long Duplicated, long Unexpected, long Contradicted, long FoundOpen, IReadOnlyList<string> Evidence,
    long WarmupWon = 0)
{
    private const int MostEvidence = 20;

    /// <summary>Nothing is lost, duplicated, unexpected or contradicted.</summary>
    public bool IsBalanced => Lost + Duplicated + Unexpected + Contradicted == 0;

    /// <summary>Compares the record with the recorded shares.</summary>
    public static MoneyCheck Of(
        GrabRecord record, IEnumerable<RecordedShare> recorded, string against, PacketIds packets, Callers callers) =>
        new Comparison(record, packets, callers).Against(recorded, against);

    private sealed class Comparison(GrabRecord record, PacketIds packets, Callers callers)
    {
        private readonly Dictionary<long, ConfirmedShare> _confirmed = [];
        private readonly HashSet<long> _confirmedOrdinals = [];
        private readonly List<string> _evidence = [];
        private long _contradicted;

        public MoneyCheck Against(IEnumerable<RecordedShare> recorded, string against)
        {
            foreach (var win in record.Wins)
                Confirm(win);
            var open = record.Open.Select(request => Key(request.Packet, request.User)).ToHashSet();
            var holders = new HashSet<long>();
            var ordinals = new HashSet<long>();
            long rows = 0, fen = 0, kept = 0, duplicated = 0, unexpected = 0, foundOpen = 0;
            foreach (var row in recorded)
            {
                rows++;
                fen += row.Fen;
                var key = Key(row.Packet, row.User);
                // Unknown users share one number, so two of them are not a duplicate.
                var isSecondShare = row.User >= 0 && !holders.Add(key);
                if (isSecondShare | !ordinals.Add(Key(row.Packet, row.Ordinal)))
                    duplicated += Note($"in the {against} twice: {Text(row)}");
                else if (row.User < 0 || !_confirmed.TryGetValue(key, out var confirmed))
                    _ = open.Contains(key) ? foundOpen++ : unexpected += Note($"in the {against} but never confirmed: {Text(row)}");
                else if (confirmed.Ordinal == row.Ordinal && confirmed.Fen == row.Fen)
                    kept++;
                else
                    Note($"confirmed share {confirmed.Ordinal} of {confirmed.Fen} fen, in the {against}: {Text(row)}");
            }
            var lost = _confirmed.Count - kept;
            if (lost > 0)
                NoteMissing(holders, against);
            return new MoneyCheck(
                against, _confirmed.Count, _confirmed.Values.Sum(share => (long)share.Fen), rows, fen, kept, lost, duplicated, unexpected,
                _contradicted, foundOpen, _evidence, _confirmed.Keys.LongCount(key => !packets.IsMeasured((int)(key >> 32))));
        }

        private void Confirm(Win win)
        {
            var key = Key(win.Packet, win.User);
            var share = new ConfirmedShare(win.Ordinal, win.Fen);
            if (_confirmed.TryGetValue(key, out var before))
            {
                if (before != share)
                    _contradicted += Note($"packet {packets.IdText(win.Packet)}, user {callers.Name(win.User)}: "
                        + $"confirmed share {before.Ordinal} of {before.Fen} fen, then share {share.Ordinal} of {share.Fen} fen");
                return;
            }
            _confirmed[key] = share;
            if (!_confirmedOrdinals.Add(Key(win.Packet, win.Ordinal)))
                _contradicted += Note($"packet {packets.IdText(win.Packet)}: share {win.Ordinal} was confirmed to two users, "
                    + $"one of them {callers.Name(win.User)}");
        }

        private void NoteMissing(HashSet<long> holders, string against)
        {
            foreach (var (key, share) in _confirmed.Where(confirmed => !holders.Contains(confirmed.Key)).Take(MostEvidence))
                Note($"confirmed but not in the {against}: packet {packets.IdText((int)(key >> 32))}, "
                    + $"user {callers.Name((int)(key & 0xFFFFFFFF))}, share {share.Ordinal}, {share.Fen} fen");
        }

        private string Text(RecordedShare row) =>
            $"packet {packets.IdText(row.Packet)}, user {row.UserId}, share {row.Ordinal}, {row.Fen} fen";

        private int Note(string evidence)
        {
            if (_evidence.Count < MostEvidence)
                _evidence.Add(evidence);
            return 1;
        }

        private static long Key(int packet, int second) => ((long)packet << 32) | unchecked((uint)second);
    }

    private readonly record struct ConfirmedShare(int Ordinal, int Fen);
}
