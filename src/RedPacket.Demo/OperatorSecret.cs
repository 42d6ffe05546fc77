using System.Security.Cryptography;
using System.Text;

namespace RedPacket.Demo;

/// <summary>
/// The value of the operator's cookie. It is kept in the data folder, so that a browser stays an operator when the demo
/// starts again. Pages of other ports share the browser's cookies, and cannot guess it.
/// </summary>
internal sealed record OperatorSecret(string Text)
{
    private const string FileName = "operator-secret";
    private const int Length = 32;

    /// <summary>Reads the secret of the folder, or makes one.</summary>
    public static OperatorSecret Of(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (File.Exists(path) && File.ReadAllText(path) is { Length: Length } kept)
            return new OperatorSecret(kept);
        var made = new OperatorSecret(RandomNumberGenerator.GetHexString(Length));
        File.WriteAllText(path, made.Text);
        return made;
    }

    public bool Is(string? cookie) =>
        cookie is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(cookie), Encoding.UTF8.GetBytes(Text));
}
