using System.Buffers.Text;
using System.Text;
using RedPacket.Http;
using RedPacket.Packets;

namespace RedPacket.Grabs;

/// <summary>
/// The body of a grab's answer, written by hand because a serializer would cost more than the rest of the answer.
/// Nothing needs escaping: packet id, user id and outcome have alphabets without quotes and backslashes.
/// </summary>
internal sealed class GrabResult(string packetId, string userId, GrabOutcome outcome) : IResult
{
    // A user id has at most 255 characters. The rest is room for everything around it.
    private const int Longest = 512;
    private static readonly byte[] s_emptied = Encoding.UTF8.GetBytes(PacketState.Emptied);
    private static readonly byte[] s_expired = Encoding.UTF8.GetBytes(PacketState.Expired);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var body = response.BodyWriter.GetSpan(Longest);
        var length = Write(body);
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = length;
        response.BodyWriter.Advance(length);
        return Task.CompletedTask;
    }

    private int Write(Span<byte> body)
    {
        var text = new Utf8Text(body);
        text.Add("{\"packetId\":\""u8);
        text.Add(packetId);
        text.Add("\",\"userId\":\""u8);
        text.Add(userId);
        text.Add("\",\"outcome\":\""u8);
        text.Add(NameOf(outcome.Status));
        if (outcome.Status is GrabStatus.Won or GrabStatus.Again)
        {
            text.Add("\",\"amountFen\":"u8);
            text.Add(outcome.AmountFen);
            text.Add(",\"ordinal\":"u8);
            text.Add(outcome.Ordinal);
            text.Add(",\"grabbedAt\":\""u8);
            text.Add(WireTime.Text(outcome.GrantedAt));
        }
        text.Add("\"}"u8);
        return text.Length;
    }

    // A repeated grab gets the same bytes.
    private static ReadOnlySpan<byte> NameOf(GrabStatus status) => status switch
    {
        GrabStatus.Won or GrabStatus.Again => "won"u8,
        GrabStatus.Emptied => s_emptied,
        GrabStatus.Expired => s_expired,
        _ => throw new InvalidOperationException($"{status} is not an outcome of a grab."),
    };

    private ref struct Utf8Text(Span<byte> whole)
    {
        private readonly Span<byte> _whole = whole;

        public int Length { get; private set; }

        public void Add(ReadOnlySpan<byte> text)
        {
            text.CopyTo(_whole[Length..]);
            Length += text.Length;
        }

        public void Add(string text) => Length += Encoding.UTF8.GetBytes(text, _whole[Length..]);

        public void Add(long number)
        {
            if (!Utf8Formatter.TryFormat(number, _whole[Length..], out var written))
                throw new InvalidOperationException($"The answer is longer than {Longest} bytes.");
            Length += written;
        }
    }
}
