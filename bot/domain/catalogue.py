"""The catalogue a new programme begins with; the leads edit it from then on.

Each topic comes with a kit, three things to try together during a session, and one tip to stay safe.
"""

from __future__ import annotations

from bot.domain.topics import Topic

CATALOGUE = (
    Topic(
        id="finding_information",
        position=1,
        names={
            "en": "Finding and managing information",
            "fr": "Trouver et organiser l’information",
        },
        kits={
            "en": (
                "Take a question from this week’s work and search for it together, narrowing by date, site and file"
                " type.",
                "Set up one alert or one feed on a subject you follow, and agree when you will read it.",
                "Find a document of yours that took too long to find last time, and give it a place and a name that"
                " last.",
            ),
            "fr": (
                "Prenez une question de votre semaine et cherchez la réponse ensemble, en filtrant par date, par site"
                " et par type de fichier.",
                "Créez une alerte ou un flux sur un sujet que vous suivez, et convenez du moment où vous le lirez.",
                "Retrouvez un document qui vous a fait perdre du temps, puis donnez-lui une place et un nom durables.",
            ),
        },
        tips={
            "en": "Before you pass on what you found: who says it, since when, and does a second source agree?",
            "fr": "Avant de transmettre ce que vous avez trouvé : qui le dit, depuis quand, et une deuxième source le"
            " confirme-t-elle ?",
        },
    ),
    Topic(
        id="collaboration_tools",
        position=2,
        names={
            "en": "Collaboration tools",
            "fr": "Outils collaboratifs",
        },
        kits={
            "en": (
                "Write one page together in the same document, at the same time, with comments instead of e-mails.",
                "Tidy your channels and notifications until only what needs you today can interrupt you.",
                "Replace one recurring meeting or e-mail chain by a shared board, and try it for two weeks.",
            ),
            "fr": (
                "Écrivez une page à deux dans le même document, au même moment, avec des commentaires au lieu"
                " d’e-mails.",
                "Triez vos canaux et vos notifications, jusqu’à ce que seul l’essentiel du jour puisse vous"
                " interrompre.",
                "Remplacez une réunion récurrente ou une chaîne d’e-mails par un tableau partagé, à l’essai deux"
                " semaines.",
            ),
        },
        tips={
            "en": "Before you share a link: check who can open it, and whether they can edit or only read.",
            "fr": "Avant de partager un lien : vérifiez qui peut l’ouvrir, et si ces personnes peuvent modifier ou"
            " seulement lire.",
        },
    ),
    Topic(
        id="social_networks",
        position=3,
        names={
            "en": "Social networks",
            "fr": "Réseaux sociaux",
        },
        kits={
            "en": (
                "Follow five people and two organisations whose posts would help your work, and see what they do well.",
                "Write a short post together, then comment on somebody else’s: which of the two felt easier, and why?",
                "Look at how three networks show the same event, and decide which one deserves your time.",
            ),
            "fr": (
                "Suivez cinq personnes et deux organisations utiles à votre métier, et observez ce qu’elles font bien.",
                "Rédigez ensemble une courte publication, puis commentez celle de quelqu’un d’autre : laquelle vous a"
                " semblé plus facile, et pourquoi ?",
                "Comparez la façon dont trois réseaux racontent le même événement, et choisissez celui qui mérite votre"
                " temps.",
            ),
        },
        tips={
            "en": "Before you publish: would you be at ease if a customer, a journalist and your team read it"
            " tomorrow?",
            "fr": "Avant de publier : seriez-vous à l’aise si un client, un journaliste et votre équipe le lisaient"
            " demain ?",
        },
    ),
    Topic(
        id="online_image",
        position=4,
        names={
            "en": "My image online",
            "fr": "Mon image en ligne",
        },
        kits={
            "en": (
                "Search for your own name in a private window, and note what a stranger would conclude.",
                "Rewrite your profile’s headline and first two lines, so that they say what you do and for whom.",
                "Go through your privacy settings on one network, and remove or hide what no longer looks like you.",
            ),
            "fr": (
                "Cherchez votre propre nom dans une fenêtre privée, et notez ce qu’un inconnu en conclurait.",
                "Réécrivez le titre et les deux premières lignes de votre profil : ce que vous faites, et pour qui.",
                "Parcourez les réglages de confidentialité d’un réseau, et retirez ou masquez ce qui ne vous ressemble"
                " plus.",
            ),
        },
        tips={
            "en": "Before you publish a photo: what does the background tell, and has everybody in it agreed?",
            "fr": "Avant de publier une photo : que révèle l’arrière-plan, et toutes les personnes présentes sont-elles"
            " d’accord ?",
        },
    ),
    Topic(
        id="data_protection",
        position=5,
        names={
            "en": "Protecting data",
            "fr": "Protéger les données",
        },
        kits={
            "en": (
                "Turn on two-step sign-in for one account that matters, and put its recovery codes in a safe place.",
                "Start using a password manager with three accounts, and change the password they had in common.",
                "Take apart a suspicious message together: the sender, the link, the hurry, and where to report it.",
            ),
            "fr": (
                "Activez la double authentification d’un compte important, et rangez ses codes de secours en lieu sûr.",
                "Commencez à utiliser un gestionnaire de mots de passe avec trois comptes, et changez le mot de passe"
                " qu’ils avaient en commun.",
                "Décortiquez ensemble un message suspect : l’expéditeur, le lien, l’urgence, et où le signaler.",
            ),
        },
        tips={
            "en": "Before you send personal data: does this person need all of it, and is this the right way to send"
            " it?",
            "fr": "Avant d’envoyer des données personnelles : cette personne a-t-elle besoin de tout, et est-ce le bon"
            " canal ?",
        },
    ),
    Topic(
        id="online_learning",
        position=6,
        names={
            "en": "Learning online",
            "fr": "Apprendre en ligne",
        },
        kits={
            "en": (
                "Choose one thing you would like to be able to do in a month, and find two short courses for it.",
                "Watch one lesson together, pausing to try each step yourself rather than at the end.",
                "Block two half-hours in your calendar, and decide how you will know that it worked.",
            ),
            "fr": (
                "Choisissez une chose que vous aimeriez savoir faire dans un mois, et trouvez deux cours brefs pour"
                " cela.",
                "Regardez une leçon ensemble, en mettant sur pause pour essayer chaque étape vous-même.",
                "Réservez deux demi-heures dans votre agenda, et décidez à quoi vous verrez que cela a marché.",
            ),
        },
        tips={
            "en": "Before you sign up: is it really free, what does it ask for in return, and can you close the"
            " account?",
            "fr": "Avant de vous inscrire : est-ce vraiment gratuit, que vous demande-t-on en échange, et pourrez-vous"
            " fermer le compte ?",
        },
    ),
    Topic(
        id="mobile_services",
        position=7,
        names={
            "en": "Mobile and instant services",
            "fr": "Services mobiles et instantanés",
        },
        kits={
            "en": (
                "Do on the phone, from end to end, something you have always done at a desk: a booking, a claim, a"
                " signature.",
                "Compare two applications for the same need: how many taps, how much typing, how soon an answer?",
                "Set up your phone for work: what appears on the first screen, what may ring, and what stays silent.",
            ),
            "fr": (
                "Faites sur votre téléphone, de bout en bout, une démarche que vous avez toujours faite au bureau : une"
                " réservation, une déclaration, une signature.",
                "Comparez deux applications pour un même besoin : combien de gestes, combien de saisie, quel délai de"
                " réponse ?",
                "Réglez votre téléphone pour le travail : ce qui figure sur le premier écran, ce qui peut sonner, ce"
                " qui reste silencieux.",
            ),
        },
        tips={
            "en": "Before you accept: does this application need your contacts, your location and your microphone?",
            "fr": "Avant d’accepter : cette application a-t-elle besoin de vos contacts, de votre position et de votre"
            " micro ?",
        },
    ),
    Topic(
        id="generative_ai",
        position=8,
        names={
            "en": "Generative AI at work",
            "fr": "L’IA générative au travail",
        },
        kits={
            "en": (
                "Ask for the same thing three times, adding the reader, the purpose and an example: what changes?",
                "Have a text of your own shortened, then check line by line what was lost or invented.",
                "List three tasks of your week it could begin for you, and one you will keep to yourself.",
            ),
            "fr": (
                "Demandez trois fois la même chose en précisant le lecteur, le but, puis un exemple : qu’est-ce qui"
                " change ?",
                "Faites résumer un texte dont vous êtes l’auteur, puis vérifiez ligne à ligne ce qui a été perdu ou"
                " inventé.",
                "Listez trois tâches de votre semaine qu’elle pourrait commencer pour vous, et une que vous garderez"
                " pour vous.",
            ),
        },
        tips={
            "en": "Before you paste: no customer, colleague or confidential figure, except in a tool the company has"
            " approved.",
            "fr": "Avant de coller un texte : ni client, ni collègue, ni chiffre confidentiel, sauf dans un outil"
            " validé par l’entreprise.",
        },
    ),
    Topic(
        id="young_customers",
        position=9,
        names={
            "en": "How a customer under 30 buys, compares and complains",
            "fr": "Comment un client de moins de 30 ans achète, compare et réclame",
        },
        kits={
            "en": (
                "The mentor buys one of our products as a customer would; the other watches without helping.",
                "Look for what is said of us where the mentor would look first, and compare with a competitor.",
                "Ask the same question by every channel we offer, and follow what happens until an answer comes.",
            ),
            "fr": (
                "Le mentor achète un de nos produits comme le ferait un client ; l’autre observe sans aider.",
                "Cherchez ce qui se dit de nous là où le mentor chercherait d’abord, et comparez avec un concurrent.",
                "Posez la même question par tous les canaux que nous offrons, et suivez ce qui se passe jusqu’à la"
                " réponse.",
            ),
        },
        tips={
            "en": "Before you try it for real: use no real customer’s name, and tell the team concerned that it is a"
            " test.",
            "fr": "Avant d’essayer pour de vrai : n’utilisez le nom d’aucun client réel, et prévenez l’équipe concernée"
            " qu’il s’agit d’un test.",
        },
    ),
)
