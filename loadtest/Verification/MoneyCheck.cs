using RedPacket.LoadTest.Traffic;

namespace RedPacket.LoadTest.Verification;

/// <summary>What was answered beside what was booked, share by share.</summary>
/// <param name="Against">What the record was compared with: <c>ledger</c> or <c>packets</c> (the service's own pages).</param>
/// <param name="Won">Shares that somebody was told he won; asked again counts once.</param>
/// <param name="Booked">Shares found on the other side.</param>
/// <param name="Kept">Told, and booked exactly so: same user, ordinal and fen.</param>
/// <param name="Lost">Told, and not booked exactly so.</param>
/// <param name="Duplicated">A user with two shares of a packet, or a share with two users.</param>
/// <param name="Unexpected">Booked, and told to nobody, though no call was left open.</param>
/// <param name="Contradicted">Answers that contradict each other: a user told of two shares, a share told to two users.</param>
/// <param name="FoundOpen">Booked for a call that had no answer or a refusal: no harm, he will be told when he asks again.</param>
/// <param name="Evidence">The first of each in words.</param>
internal sealed record MoneyCheck(string Against, long Won, long WonFen, long Booked, long BookedFen, long Kept, long Lost, long Duplicated, long Unexpected, long Contradicted, long FoundOpen,
    IReadOnlyList<string> Evidence)
{
    private const int MostEvidence = 20;

    /// <summary>Nothing lost, duplicated, unexpected or contradicted.</summary>
    public bool IsBalanced => Lost + Duplicated + Unexpected + Contradicted == 0;

    /// <summary>Compares the record with what was booked.</summary>
    public static MoneyCheck Of(GrabRecord record, IEnumerable<RecordedShare> booked, string against, PacketIds packets, Callers callers) =>
        new Comparing(record, packets, callers).Against(booked, against);

    private sealed class Comparing(GrabRecord record, PacketIds packets, Callers callers)
    {
        private readonly Dictionary<long, Told> _told = [];
        private readonly HashSet<long> _toldOrdinals = [];
        private readonly List<string> _evidence = [];
        private long _contradicted;

        public MoneyCheck Against(IEnumerable<RecordedShare> booked, string against)
        {
            foreach (var win in record.Wins)
                Hear(win);
            var open = record.Open.Select(ask => Key(ask.Packet, ask.User)).ToHashSet();
            var holders = new HashSet<long>();
            var ordinals = new HashSet<long>();
            long rows = 0, fen = 0, kept = 0, twice = 0, unexpected = 0, found = 0;
            foreach (var row in booked)
            {
                rows++;
                fen += row.Fen;
                var key = Key(row.Packet, row.User);
                // Two strangers are not the same stranger.
                var again = row.User >= 0 && !holders.Add(key);
                if (again | !ordinals.Add(Key(row.Packet, row.Ordinal)))
                    twice += Note($"in the {against} twice: {Text(row)}");
                else if (row.User < 0 || !_told.TryGetValue(key, out var told))
                    _ = open.Contains(key) ? found++ : unexpected += Note($"in the {against}, and told to nobody: {Text(row)}");
                else if (told.Ordinal == row.Ordinal && told.Fen == row.Fen)
                    kept++;
                else
                    Note($"told share {told.Ordinal} of {told.Fen} fen, in the {against}: {Text(row)}");
            }
            var lost = _told.Count - kept;
            if (lost > 0)
                foreach (var (key, told) in _told.Where(told => !holders.Contains(told.Key)).Take(MostEvidence))
                    Note($"told, and not in the {against}: packet {packets.IdText((int)(key >> 32))}, user {callers.Name((int)(key & 0xFFFFFFFF))}, share {told.Ordinal}, {told.Fen} fen");
            return new MoneyCheck(against, _told.Count, _told.Values.Sum(told => (long)told.Fen), rows, fen, kept, lost, twice, unexpected, _contradicted, found, _evidence);
        }

        private void Hear(Win win)
        {
            var key = Key(win.Packet, win.User);
            var told = new Told(win.Ordinal, win.Fen);
            if (_told.TryGetValue(key, out var before))
            {
                if (before != told)
                    _contradicted += Note($"packet {packets.IdText(win.Packet)}, user {callers.Name(win.User)}: "
                        + $"told share {before.Ordinal} of {before.Fen} fen, then share {told.Ordinal} of {told.Fen} fen");
                return;
            }
            _told[key] = told;
            if (!_toldOrdinals.Add(Key(win.Packet, win.Ordinal)))
                _contradicted += Note($"packet {packets.IdText(win.Packet)}: share {win.Ordinal} was told to two users, one of them {callers.Name(win.User)}");
        }

        private string Text(RecordedShare row) => $"packet {packets.IdText(row.Packet)}, user {row.UserId}, share {row.Ordinal}, {row.Fen} fen";

        private int Note(string evidence)
        {
            if (_evidence.Count < MostEvidence)
                _evidence.Add(evidence);
            return 1;
        }

        private static long Key(int packet, int second) => ((long)packet << 32) | unchecked((uint)second);
    }

    private readonly record struct Told(int Ordinal, int Fen);
}
