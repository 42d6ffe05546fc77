namespace RedPacket.Hosting;

/// <summary>
/// A setting that is missing or makes no sense. The message names it and says what to set; the program prints it and ends with 1.
/// </summary>
internal sealed class SettingException(string message) : Exception(message);
