using RedPacket.Http;
using RedPacket.Messages;
using System.Security.Cryptography;
using System.Text.Json;
using QRCoder;

namespace RedPacket.Demo;

/// <summary>Who the browser is to the demo.</summary>
/// <param name="Network">Whether others on the local network may join.</param>
/// <param name="JoinUrl">With a packet's id behind it, the address under which a phone joins; null when the demo is not open.</param>
internal sealed record WhoAnswer(string? UserId, bool Operator, bool Network, string? JoinUrl);

/// <summary><c>/demo/who</c>: a browser says who it is, and is believed from then on. <c>/demo/join</c>: so does a phone that has read the QR code.</summary>
internal static class WhoEndpoints
{
    private const int PixelsPerModule = 8;

    public static void MapWho(this IEndpointRouteBuilder demo)
    {
        demo.MapGet("/who", (HttpContext context, DemoNetwork network) => Answer(UserId.IsValid(context.UserId()) ? context.UserId() : null, context.IsOperator(), network));
        demo.MapPost("/who", Become);
        demo.MapDelete("/who", (HttpContext context, DemoNetwork network) =>
        {
            DemoIdentity.Forget(context);
            return Answer(null, false, network);
        });
        demo.MapGet("/join/{packetId}.svg", (string packetId, DemoNetwork network) => Picture(packetId, network));
        demo.MapGet("/join/{packetId}", Join);
        demo.MapGet("/operator", (HttpContext context) =>
        {
            if (!context.IsLocal())
                return Outside();
            DemoIdentity.BecomeOperator(context);
            return Results.LocalRedirect("/api/v1/consistency?format=html");
        });
    }

    private static async Task<IResult> Become(HttpContext context, DemoNetwork network)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, "userId", "operator");
        if (body is not { } asked)
            return refusal!;
        var asOperator = asked.Flag("operator", false, out var isFlag);
        if (!isFlag || !asked.TryGetProperty("userId", out var name) || name.ValueKind != JsonValueKind.String)
            return JsonBody.Invalid("userId is a text, operator true or false.");
        var userId = name.GetString()!;
        if (!UserId.IsValid(userId))
            return new Problem(400, "user_invalid", "A user id has 1 to 128 characters of A-Z a-z 0-9 . _ ~ @ | : + -");
        if (!context.IsLocal() && (asOperator || !network.IsOpen))
            return Outside();
        DemoIdentity.Become(context, userId, asOperator);
        return Answer(userId, asOperator, network);
    }

    // A phone that comes for the first time is a guest; it may choose a name later.
    private static IResult Join(HttpContext context, string packetId, DemoNetwork network)
    {
        if (!PacketId.TryParse(packetId, out _))
            return new Problem(400, "packet_id_invalid", "A packet id is <shard>-<32 hex digits>.");
        if (!network.IsOpen)
            return NotOpen();
        if (!context.IsNamed())
            DemoIdentity.Become(context, $"guest-{RandomNumberGenerator.GetHexString(6, lowercase: true)}", asOperator: false);
        return Results.LocalRedirect($"/p/{packetId}");
    }

    private static IResult Picture(string packetId, DemoNetwork network)
    {
        if (!PacketId.TryParse(packetId, out _))
            return new Problem(400, "packet_id_invalid", "A packet id is <shard>-<32 hex digits>.");
        if (network.JoinUrl is not { } address)
            return NotOpen();
        using var code = QRCodeGenerator.GenerateQrCode(address + packetId, QRCodeGenerator.ECCLevel.M);
        using var picture = new SvgQRCode(code);
        return Results.Text(picture.GetGraphic(PixelsPerModule), "image/svg+xml", System.Text.Encoding.UTF8);
    }

    private static IResult Answer(string? userId, bool isOperator, DemoNetwork network) =>
        Results.Json(new WhoAnswer(userId, isOperator && userId is not null, network.IsOpen, network.JoinUrl), JsonSerializerOptions.Web);

    private static Problem NotOpen() => new(404, "not_found", "A phone cannot reach this demo. Start it with --Demo:OpenToNetwork=true to let it.");

    private static Problem Outside() => new(403, "forbidden", "This works from the machine that the demo runs on only.");
}
