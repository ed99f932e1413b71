/** The shortcodes apps and people use most. One that is not here stays as typed. */

const TABLE = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|wave 👋|clap 👏|raised_hands 🙌|pray 🙏|muscle 💪|ok_hand 👌|point_right 👉|point_left 👈
point_up ☝️|point_down 👇|handshake 🤝|raised_hand ✋|hand ✋|v ✌️|crossed_fingers 🤞|writing_hand ✍️|eyes 👀|brain 🧠|heart ❤️
blue_heart 💙|green_heart 💚|yellow_heart 💛|purple_heart 💜|orange_heart 🧡|sparkling_heart 💖|broken_heart 💔|100 💯|fire 🔥|star ⭐|star2 🌟
sparkles ✨|dizzy 💫|boom 💥|zap ⚡|rainbow 🌈|sunny ☀️|cloud ☁️|umbrella ☂️|snowflake ❄️|seedling 🌱|herb 🌿|four_leaf_clover 🍀|evergreen_tree 🌲
smile 😄|smiley 😃|grinning 😀|grin 😁|laughing 😆|joy 😂|rolling_on_the_floor_laughing 🤣|slightly_smiling_face 🙂|blush 😊|wink 😉|relaxed ☺️
heart_eyes 😍|sunglasses 😎|thinking_face 🤔|thinking 🤔|neutral_face 😐|expressionless 😑|confused 😕|slightly_frowning_face 🙁|disappointed 😞
cry 😢|sob 😭|worried 😟|open_mouth 😮|astonished 😲|sweat_smile 😅|hugging_face 🤗|partying_face 🥳|star-struck 🤩|nerd_face 🤓|sleeping 😴|zzz 💤
tada 🎉|confetti_ball 🎊|balloon 🎈|gift 🎁|trophy 🏆|medal 🏅|first_place_medal 🥇|second_place_medal 🥈|third_place_medal 🥉|dart 🎯|rocket 🚀
calendar 📆|date 📅|spiral_calendar_pad 🗓️|clock1 🕐|clock3 🕒|clock9 🕘|alarm_clock ⏰|stopwatch ⏱️|hourglass ⌛|hourglass_flowing_sand ⏳|watch ⌚
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|no_entry ⛔|no_entry_sign 🚫|warning ⚠️
exclamation ❗|question ❓|information_source ℹ️|bell 🔔|no_bell 🔕|mega 📣|loudspeaker 📢|speech_balloon 💬|thought_balloon 💭|lock 🔒|unlock 🔓
key 🔑|shield 🛡️|mag 🔍|mag_right 🔎|bulb 💡|books 📚|book 📖|open_book 📖|notebook 📓|memo 📝|pencil 📝|pencil2 ✏️|clipboard 📋|pushpin 📌
round_pushpin 📍|paperclip 📎|link 🔗|file_folder 📁|open_file_folder 📂|page_facing_up 📄|bar_chart 📊|chart_with_upwards_trend 📈
chart_with_downwards_trend 📉|inbox_tray 📥|outbox_tray 📤|package 📦|email ✉️|envelope ✉️|incoming_envelope 📨|phone ☎️|iphone 📱|computer 💻
desktop_computer 🖥️|globe_with_meridians 🌐|earth_africa 🌍|earth_americas 🌎|earth_asia 🌏|house 🏠|office 🏢|school 🏫|mortar_board 🎓
coffee ☕|tea 🍵|croissant 🥐|pizza 🍕|cake 🍰|birthday 🎂|gear ⚙️|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|toolbox 🧰|test_tube 🧪|robot_face 🤖
busts_in_silhouette 👥|bust_in_silhouette 👤|two_people_holding_hands 🧑‍🤝‍🧑|people_holding_hands 🧑‍🤝‍🧑|teacher 🧑‍🏫|student 🧑‍🎓|bicyclist 🚴|bike 🚲
arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrows_counterclockwise 🔄|repeat 🔁|twisted_rightwards_arrows 🔀|heavy_plus_sign ➕|heavy_minus_sign ➖
red_circle 🔴|large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle 🔵|large_purple_circle 🟣|white_circle ⚪|black_circle ⚫
large_green_square 🟩|large_yellow_square 🟨|large_red_square 🟥|white_small_square ▫️|black_small_square ▪️|small_blue_diamond 🔹|small_orange_diamond 🔸
one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|new 🆕|free 🆓|soon 🔜|back 🔙|end 🔚|flag-fr 🇫🇷|fr 🇫🇷|flag-gb 🇬🇧|gb 🇬🇧|us 🇺🇸|flag-us 🇺🇸|flag-eu 🇪🇺|door 🚪|palm_tree 🌴
pause_button ⏸️|double_vertical_bar ⏸️|arrow_forward ▶️|black_right_pointing_triangle_with_double_vertical_bar ⏯️|recycle ♻️|compass 🧭|world_map 🗺️
`;

const EMOJI = new Map(
  TABLE.trim().split(/[|\n]/).map((entry) => {
    const at = entry.lastIndexOf(" ");
    return [entry.slice(0, at), entry.slice(at + 1)];
  }),
);

/** The character for `:name:`, or null. */
export const emoji = (name) => EMOJI.get(name) ?? null;

/** *text* with its shortcodes replaced. */
export const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => emoji(name) ?? whole);
