using System.Collections.Concurrent;
using System.Text.Json;

namespace RedPacket.Drills.Checks;

/// <summary>A share that a user holds, according to the client, Redis or the ledger.</summary>
internal sealed record HeldShare(string PacketId, string UserId, int Ordinal, long AmountFen);

/// <summary>A send, and its answer once it has one.</summary>
internal sealed record Sent(string Key, string Sender, string Body, byte[]? Answer)
{
    /// <summary>The packet it made; null without an answer.</summary>
    public string? PacketId =>
        Answer is null ? null : JsonDocument.Parse(Answer).RootElement.GetProperty("packetId").GetString();
}

/// <summary>Every answer that a load client got. The service cannot change this record.</summary>
internal sealed class LoadRecord
{
    private int _unavailable;
    private int _unknown;
    private int _answered;

    /// <summary>Won answers by packet and user, byte for byte.</summary>
    public ConcurrentDictionary<(string PacketId, string UserId), (HeldShare Share, byte[] Answer)> Won { get; } = new();

    /// <summary>Grabs without a final answer so far. They may have won.</summary>
    public ConcurrentDictionary<(string PacketId, string UserId), bool> Open { get; } = new();

    /// <summary>Sends by key.</summary>
    public ConcurrentDictionary<string, Sent> Sends { get; } = new();

    /// <summary>The answers that Redis may have forgotten after a drill damaged it.</summary>
    public ForgettableShares Forgettable { get; } = new();

    /// <summary>The packets that the service confirmed.</summary>
    public IEnumerable<string> PacketIds =>
        Sends.Values.Where(sent => sent.Answer is not null).Select(sent => sent.PacketId!);

    /// <summary>Answers that no order of events can explain.</summary>
    public ConcurrentQueue<string> Contradictions { get; } = new();

    /// <summary>Answers 503.</summary>
    public int Unavailable => _unavailable;

    /// <summary>Calls without an answer.</summary>
    public int Unknown => _unknown;

    /// <summary>All answers except 503.</summary>
    public int Answered => _answered;

    /// <summary>By packet, how many of its grabs were answered 503.</summary>
    public ConcurrentDictionary<string, int> RefusedGrabs { get; } = new();

    /// <summary>Notes a 503, of a grab with its packet.</summary>
    public void NoteUnavailable(string? packetId = null)
    {
        Interlocked.Increment(ref _unavailable);
        if (packetId is not null)
            RefusedGrabs.AddOrUpdate(packetId, 1, (_, refused) => refused + 1);
    }

    public void NoteUnknown() => Interlocked.Increment(ref _unknown);

    public void NoteAnswered() => Interlocked.Increment(ref _answered);

    /// <summary>Notes a won answer. It must be new, or the same bytes as before.</summary>
    public void NoteWon(HeldShare share, byte[] answer)
    {
        var (held, before) = Won.GetOrAdd((share.PacketId, share.UserId), (share, answer));
        if (before.AsSpan().SequenceEqual(answer))
            return;
        if (Forgettable.TryForget(held, Text(answer)))
            Won[(share.PacketId, share.UserId)] = (share, answer);
        else
            Contradictions.Enqueue($"{share} was answered {Text(before)}, then {Text(answer)}");
    }

    /// <summary>Notes an answer "too late". A user who won before must not get it.</summary>
    public void NoteLate(string packetId, string userId, string outcome)
    {
        if (!Won.TryGetValue((packetId, userId), out var won))
            return;
        if (Forgettable.TryForget(won.Share, outcome))
            Won.TryRemove((packetId, userId), out _);
        else
            Contradictions.Enqueue($"{won.Share} was then answered {outcome}");
    }

    /// <summary>Notes a 404. A confirmed packet must not get it.</summary>
    public void NoteUnknownPacket(string packetId, string userId, string answer)
    {
        if (Forgettable.TryForgetPacket(packetId, answer))
            NoteLate(packetId, userId, answer);
        else
            Contradictions.Enqueue($"grab {packetId} by {userId}: 404 {answer}");
    }

    /// <summary>Notes a 201. It must be new, or the same bytes as before.</summary>
    public void NoteSent(Sent sent)
    {
        if (Sends.TryGetValue(sent.Key, out var before) && before.Answer is { } answer && !answer.AsSpan().SequenceEqual(sent.Answer)
            && !Forgettable.TryForgetPacket(before.PacketId!, Text(sent.Answer!)))
            Contradictions.Enqueue($"key {sent.Key} was answered {Text(answer)}, then {Text(sent.Answer!)}");
        Sends[sent.Key] = sent;
    }

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);
}
