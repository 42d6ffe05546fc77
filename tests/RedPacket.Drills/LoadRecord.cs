using System.Collections.Concurrent;
using System.Text.Json;

namespace RedPacket.Drills;

/// <summary>A share that a user holds, as one of the witnesses tells it: the client, Redis or the ledger.</summary>
internal sealed record HeldShare(string PacketId, string UserId, int Ordinal, long AmountFen);

/// <summary>A send as it was asked for, and its answer once there was one.</summary>
internal sealed record Sent(string Key, string Sender, string Body, byte[]? Answer)
{
    /// <summary>The packet that was made; null while there was no answer.</summary>
    public string? PacketId => Answer is null ? null : JsonDocument.Parse(Answer).RootElement.GetProperty("packetId").GetString();
}

/// <summary>What a load client was answered, all of it: the witness that the service cannot correct.</summary>
internal sealed class LoadRecord
{
    private int _unavailable;
    private int _unknown;
    private int _answered;

    /// <summary>Won answers by packet and user, byte for byte.</summary>
    public ConcurrentDictionary<(string PacketId, string UserId), (HeldShare Share, byte[] Answer)> Won { get; } = new();

    /// <summary>Calls that got no answer, or a 503, and nothing final since: they may have won.</summary>
    public ConcurrentDictionary<(string PacketId, string UserId), bool> Open { get; } = new();

    /// <summary>Sends by key.</summary>
    public ConcurrentDictionary<string, Sent> Sends { get; } = new();

    /// <summary>What may have been forgotten, where a drill damages Redis on purpose.</summary>
    public ForgettableShares Doubts { get; } = new();

    /// <summary>The packets that the client was told of.</summary>
    public IEnumerable<string> PacketIds => Sends.Values.Where(sent => sent.Answer is not null).Select(sent => sent.PacketId!);

    /// <summary>Answers that no order of events could explain.</summary>
    public ConcurrentQueue<string> Contradictions { get; } = new();

    /// <summary>Answers 503.</summary>
    public int Unavailable => _unavailable;

    /// <summary>Calls without an answer.</summary>
    public int Unknown => _unknown;

    /// <summary>Answers 200 and 201.</summary>
    public int Answered => _answered;

    public void NoteUnavailable() => Interlocked.Increment(ref _unavailable);

    public void NoteUnknown() => Interlocked.Increment(ref _unknown);

    public void NoteAnswered() => Interlocked.Increment(ref _answered);

    /// <summary>A won answer: new, or the same bytes as before.</summary>
    public void NoteWon(HeldShare share, byte[] answer)
    {
        var (held, before) = Won.GetOrAdd((share.PacketId, share.UserId), (share, answer));
        if (before.AsSpan().SequenceEqual(answer))
            return;
        if (Doubts.Resolve(held, Text(answer)))
            Won[(share.PacketId, share.UserId)] = (share, answer);
        else
            Contradictions.Enqueue($"{share} was answered {Text(before)}, then {Text(answer)}");
    }

    /// <summary>Too late: impossible for who has won before.</summary>
    public void NoteLate(string packetId, string userId, string outcome)
    {
        if (!Won.TryGetValue((packetId, userId), out var won))
            return;
        if (Doubts.Resolve(won.Share, outcome))
            Won.TryRemove((packetId, userId), out _);
        else
            Contradictions.Enqueue($"{won.Share} was then answered {outcome}");
    }

    /// <summary>A 404: impossible for a packet that the client was told of.</summary>
    public void NoteUnknownPacket(string packetId, string userId, string answer)
    {
        if (Doubts.ResolvePacket(packetId, answer))
            NoteLate(packetId, userId, answer);
        else
            Contradictions.Enqueue($"grab {packetId} by {userId}: 404 {answer}");
    }

    /// <summary>A 201: new, or the same bytes as before.</summary>
    public void NoteSent(Sent sent)
    {
        if (Sends.TryGetValue(sent.Key, out var before) && before.Answer is { } answer && !answer.AsSpan().SequenceEqual(sent.Answer) && !Doubts.ResolvePacket(before.PacketId!, Text(sent.Answer!)))
            Contradictions.Enqueue($"key {sent.Key} was answered {Text(answer)}, then {Text(sent.Answer!)}");
        Sends[sent.Key] = sent;
    }

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);
}
